// A generator: one language model with (or without) an adapter that goes on from prompts, inside the worker. What it
// has read is kept, so that the next turn of a chat reads only what is new. Across the worker's border: trainer.ts.
import { withQuantisedOutput } from '@colora/models/quantised-output';
import { seededRandom } from '@colora/tensors/random';
import type { TensorMap } from '@colora/tensors/tensor';
import type { CompiledProgram, Inputs } from '../engines/engine.ts';
import type { StopSignal } from '../engines/wrappers/stoppable-engine.ts';
import { oncePerKey } from '../once-per-key.ts';
import type { SharedResources } from '../programs/shared-resources.ts';
import type { ChatMessage } from '../text/chat-template.ts';
import { commonStart } from '../text/chat-turns.ts';
import { TrainingError } from '../training-error.ts';
import { type AdapterInputs, decodeProgram, generatingDecoder } from './decode-programs.ts';
import { type KvCache, kvCache } from './kv-cache.ts';
import { chooseToken, type Sampling } from './sampling.ts';
import { stopFilter, textStream } from './text-stream.ts';

export interface GeneratorOptions {
  /** Folder of the base model. */
  readonly baseModel: string;
  /** All of an adapter's tensors (folded, for speed), or null for the base model alone. */
  readonly adapter: AdapterInputs | null;
}

export interface GenerationRequest extends Sampling {
  /** A text to go on from, or a chat whose next turn is the assistant's. */
  readonly prompt: string | readonly ChatMessage[];
  readonly maxTokens: number;
  readonly seed: number;
  /** Texts that end it; they are not part of the result. */
  readonly stop: readonly string[];
  /** Without the adapter. */
  readonly base: boolean;
}

export interface Generation {
  readonly text: string;
  /** Tokens written, the one that ended it among them. */
  readonly tokens: number;
  readonly promptTokens: number;
  /**
   * end: the model ended its text; stop: a stop text came; length: maxTokens are written; context: the model's
   * positions are used up; interrupted: the caller stopped it.
   */
  readonly finish: 'end' | 'stop' | 'length' | 'context' | 'interrupted';
  /** Until the first token, and from then on. */
  readonly promptSeconds: number;
  readonly seconds: number;
}

export interface GeneratorWork {
  /**
   * `onText` gets the text while it is written, whole characters only. The signal ends it after the token under way,
   * as a generation that was interrupted, not as an error.
   */
  generate(
    request: GenerationRequest,
    onText?: (text: string) => void,
    signal?: StopSignal,
  ): Promise<Generation>;
}

/** New tokens that a run reads at a time, at most. */
const chunk = 64;
const leastCapacity = 1024;

/** Throws ModelError, AdapterError or TrainingError saying what doesn't fit. */
export async function openGenerator(
  resources: SharedResources,
  options: GeneratorOptions,
): Promise<GeneratorWork> {
  const base = await withQuantisedOutput(await resources.base(options.baseModel));
  const decoder = generatingDecoder(base);
  const tokenizer = await resources.tokenizer(base);
  const limit = base.family.tokenLimit(base.config);
  const { adapter } = options;
  // The same program serves the base model: with zeros for an adapter its delta is zero, exactly.
  const parameters = { adapted: valuesOf(adapter?.tensors), base: zerosOf(adapter?.tensors) };
  const caches: Partial<Record<'adapted' | 'base', KvCache>> = {};

  const programs = new Map<'decode', Promise<CompiledProgram>>();
  const program = () =>
    oncePerKey(programs, 'decode', () => resources.engine.compile(decodeProgram(base, adapter)));
  const run = async (cache: KvCache, ids: readonly number[], values: Inputs): Promise<Float32Array> => {
    const compiled = await program();
    const outputs = await compiled.run({ ...newTokens(cache, ids), ...cache.inputs, ...values });
    cache.append(ids, outputs);
    return outputs.logits!.data;
  };
  /** Reads what the cache doesn't hold yet; the scores after the last token. */
  const read = async (
    cache: KvCache,
    ids: readonly number[],
    values: Inputs,
    signal: StopSignal | undefined,
  ) => {
    cache.cutAt(Math.min(commonStart(cache.ids, ids), ids.length - 1));
    let scores: Float32Array | undefined;
    while (cache.ids.length < ids.length && !signal?.aborted) {
      const from = cache.ids.length;
      scores = await run(cache, ids.slice(from, from + chunk), values);
    }
    return scores;
  };
  return {
    async generate(request, onText, signal) {
      const started = performance.now();
      const { prompt, stop } = request;
      const ids = await (typeof prompt === 'string'
        ? tokenizer.encodePrompt(prompt)
        : tokenizer.encodeTurn(prompt));
      assertFits(ids.length, limit);
      const which = request.base ? 'base' : 'adapted';
      const most = Math.min(request.maxTokens, limit - ids.length);
      const needed = capacityFor(ids.length + most, limit);
      const kept = caches[which] ?? kvCache(decoder.cacheShape(base.config), needed);
      const cache = kept.capacity < needed ? kept.grown(needed) : kept;
      caches[which] = cache;

      const random = seededRandom(`generate/${request.seed}`);
      const stream = textStream(tokenizer.decode, ids);
      const filter = stopFilter(stop);
      let text = '';
      const show = (piece: string) => {
        text += piece;
        if (piece !== '') onText?.(piece);
      };
      let scores = await read(cache, ids, parameters[which], signal);
      const readAt = performance.now();
      let tokens = 0;
      let finish: Generation['finish'] | undefined;
      while (finish === undefined) {
        if (scores === undefined || signal?.aborted) finish = 'interrupted';
        else if (tokens === most) finish = most < request.maxTokens ? 'context' : 'length';
        else {
          assertFinite(scores, request.base || adapter === null);
          const token = chooseToken(scores, request, random);
          tokens += 1;
          if (tokenizer.endIds.includes(token)) finish = 'end';
          else {
            show(filter.push(await stream.push(token)));
            if (filter.stopped) finish = 'stop';
            else if (tokens < most) scores = await run(cache, [token], parameters[which]);
          }
        }
      }
      if (!filter.stopped) show(filter.push(await stream.end()) + filter.end());
      const promptSeconds = (readAt - started) / 1000;
      const seconds = (performance.now() - readAt) / 1000;
      return { text, tokens, promptTokens: ids.length, finish, promptSeconds, seconds };
    },
  };
}

/** Slots that `tokens` need: few different numbers, since what is cached is copied into each. */
function capacityFor(tokens: number, limit: number): number {
  let capacity = leastCapacity;
  while (capacity < tokens) capacity *= 2;
  return Math.min(capacity, limit);
}

function newTokens(cache: KvCache, ids: readonly number[]): Inputs {
  const past = cache.ids.length;
  const mask = new Float32Array(cache.capacity + ids.length);
  mask.fill(1, 0, past);
  mask.fill(1, cache.capacity);
  return {
    ids: Int32Array.from(ids),
    positions: Int32Array.from(ids, (_, i) => past + i),
    mask,
    last: Int32Array.of(ids.length - 1),
  };
}

function valuesOf(tensors: TensorMap | undefined): Inputs {
  return Object.fromEntries([...(tensors ?? [])].map(([name, { data }]) => [name, data]));
}

function zerosOf(tensors: TensorMap | undefined): Inputs {
  return Object.fromEntries(
    [...(tensors ?? [])].map(([name, { data }]) => [name, new Float32Array(data.length)]),
  );
}

function assertFits(tokens: number, limit: number): void {
  if (tokens === 0) {
    throw new TrainingError('wrong-task', 'the prompt has no tokens; a model goes on from at least one');
  }
  if (tokens < limit) return;
  throw new TrainingError(
    'context-full',
    `the text has ${tokens} tokens, and this model reads at most ${limit}, its answer included; shorten it`,
  );
}

function assertFinite(scores: Float32Array, isBase: boolean): void {
  if (scores.every(Number.isFinite)) return;
  throw new TrainingError(
    'not-finite',
    `the model’s scores are not finite numbers; ${isBase ? 'the base model’s weights hold values that are none' : 'its adapter has diverged'}, or the device is broken (try --device cpu)`,
  );
}
