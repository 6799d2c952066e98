// A generator: one language model, with one of several adapters or without, that goes on from prompts, inside the worker.
// All of them are one program, so that another adapter costs its own numbers and no more. What was read last is kept, so that
// the next turn of a chat reads only what is new. Across the worker's border: trainer.ts.
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
import { decodeProgram, generatingDecoder } from './decode-programs.ts';
import { heldAdapters } from './held-adapters.ts';
import { type KvCache, kvCache } from './kv-cache.ts';
import { chooseToken, type Sampling } from './sampling.ts';
import { stopFilter, textStream } from './text-stream.ts';
import { highestScores, logprobsOf, type WrittenToken } from './token-logprobs.ts';

export interface GeneratorOptions {
  /** Folder of the base model. */
  readonly baseModel: string;
  /** Plain LoRAs by name, as `plainTensors` gives them (programs/folded-model.ts): of any ranks and modules. */
  readonly adapters: Readonly<Record<string, TensorMap>>;
}

export interface GenerationRequest extends Sampling {
  /** A text to go on from, or a chat whose next turn is the assistant's. */
  readonly prompt: string | readonly ChatMessage[];
  readonly maxTokens: number;
  readonly seed: number;
  /** Texts that end it; they are not part of the result. */
  readonly stop: readonly string[];
  /** The name of the adapter; null: the base model as it is. */
  readonly adapter: string | null;
  /** How many of the likeliest tokens are told in each place, with how likely each was; left out: nothing is. */
  readonly logprobs?: number | undefined;
}

export interface Generation {
  readonly text: string;
  /** Where `logprobs` is asked for: the tokens that the text was written in, without the one that ended it. */
  readonly written?: readonly WrittenToken[];
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

/** One request at a time. */
export interface GeneratorWork {
  /**
   * `onText` gets the text while it is written, whole characters only, and the tokens told of since the last piece. The
   * signal ends it after the token under way, as a generation that was interrupted, not as an error.
   */
  generate(
    request: GenerationRequest,
    onText?: (text: string, written: readonly WrittenToken[]) => void,
    signal?: StopSignal,
  ): Promise<Generation>;
  /** Puts an adapter in the place of one of that name, or beside the others. TrainingError `bad-tensors` for one of another base model. */
  put(name: string, tensors: TensorMap): Promise<void>;
}

/** Texts whose keys and values are kept, each under one adapter: base and personal model of a conversation. */
const mostCaches = 2;
/** New tokens that a run reads at a time, at most. */
const chunk = 64;
/** Slots that a cache gets at a time: attention reads all of them for each token, filled or not. */
const moreSlots = 256;

/** What is kept of a text; its cache is another one once it has grown. */
interface Kept {
  cache: KvCache;
}

/** Throws ModelError, AdapterError or TrainingError saying what doesn't fit. */
export async function openGenerator(
  resources: SharedResources,
  options: GeneratorOptions,
): Promise<GeneratorWork> {
  const base = await withQuantisedOutput(await resources.base(options.baseModel));
  const decoder = generatingDecoder(base);
  const tokenizer = await resources.tokenizer(base);
  const limit = base.family.tokenLimit(base.config);
  const adapters = heldAdapters(base.linears);
  const caches = new Map<string | null, Kept>();

  const programs = new Map<'decode', Promise<CompiledProgram>>();
  const program = () =>
    oncePerKey(programs, 'decode', () => resources.engine.compile(decodeProgram(base, adapters.room())));
  const put = (name: string, tensors: TensorMap) => {
    if (adapters.put(name, tensors)) programs.clear();
    caches.get(name)?.cache.cutAt(0);
  };
  for (const [name, tensors] of Object.entries(options.adapters)) put(name, tensors);
  /** What a request computes with from its beginning to its end, whatever is put in place meanwhile. */
  interface Chosen {
    readonly compiled: Promise<CompiledProgram>;
    readonly values: Inputs;
  }
  const run = async (
    kept: Kept,
    ids: readonly number[],
    { compiled, values }: Chosen,
  ): Promise<Float32Array> => {
    const cache = withRoom(kept, ids.length, limit);
    const outputs = await (await compiled).run({ ...newTokens(cache, ids), ...cache.inputs, ...values });
    cache.append(ids, outputs);
    return outputs.logits!.data;
  };
  /** Reads what the cache doesn't hold yet; the scores after the last token. */
  const read = async (kept: Kept, ids: readonly number[], chosen: Chosen, signal: StopSignal | undefined) => {
    kept.cache.cutAt(Math.min(commonStart(kept.cache.ids, ids), ids.length - 1));
    let scores: Float32Array | undefined;
    while (kept.cache.ids.length < ids.length && !signal?.aborted) {
      const from = kept.cache.ids.length;
      scores = await run(kept, ids.slice(from, from + chunk), chosen);
    }
    return scores;
  };
  /** As it stands behind another: alone some tokens lose their space. */
  const textBehind = async (before: number, id: number) => {
    const known = await tokenizer.decode([before]);
    return (await tokenizer.decode([before, id])).slice(known.length);
  };
  const toldOf = async (scores: Float32Array, count: number, token: number, before: number) => {
    const ids = [token, ...highestScores(scores, count)];
    const logprobs = logprobsOf(scores, ids);
    const all = await Promise.all(
      ids.map(async (id, i) => ({ text: await textBehind(before, id), logprob: logprobs[i]! })),
    );
    return { ...all[0]!, top: all.slice(1) };
  };
  return {
    async generate(request, onText, signal) {
      const started = performance.now();
      const { prompt, stop, adapter: named } = request;
      const chosen = { values: adapters.inputsOf(named), compiled: program() };
      const ids = await (typeof prompt === 'string'
        ? tokenizer.encodePrompt(prompt)
        : tokenizer.encodeTurn(prompt));
      assertFits(ids.length, limit);
      const most = Math.min(request.maxTokens, limit - ids.length);
      const needed = slotsFor(ids.length, limit);
      const empty = () => ({ cache: kvCache(decoder.cacheShape(base.config), needed) });
      const kept = caches.get(named) ?? spareOf(caches, needed) ?? empty();
      keepLatest(caches, named, kept);

      const random = seededRandom(`generate/${request.seed}`);
      const stream = textStream(tokenizer.decode, ids);
      const filter = stopFilter(stop);
      let text = '';
      const written: WrittenToken[] = [];
      let shown = 0;
      const show = (piece: string) => {
        text += piece;
        if (piece === '') return;
        onText?.(piece, written.slice(shown));
        shown = written.length;
      };
      let scores = await read(kept, ids, chosen, signal);
      const readAt = performance.now();
      let tokens = 0;
      let finish: Generation['finish'] | undefined;
      while (finish === undefined) {
        if (scores === undefined || signal?.aborted) finish = 'interrupted';
        else if (tokens === most) finish = most < request.maxTokens ? 'context' : 'length';
        else {
          assertFinite(scores, named === null);
          const token = chooseToken(scores, request, random);
          tokens += 1;
          if (tokenizer.endIds.includes(token)) finish = 'end';
          else {
            if (request.logprobs !== undefined)
              written.push(await toldOf(scores, request.logprobs, token, kept.cache.ids.at(-1)!));
            show(filter.push(await stream.push(token)));
            if (filter.stopped) finish = 'stop';
            else if (tokens < most) scores = await run(kept, [token], chosen);
          }
        }
      }
      if (!filter.stopped) show(filter.push(await stream.end()) + filter.end());
      const promptSeconds = (readAt - started) / 1000;
      const seconds = (performance.now() - readAt) / 1000;
      const result = { text, tokens, promptTokens: ids.length, finish, promptSeconds, seconds };
      return request.logprobs === undefined ? result : { ...result, written };
    },
    async put(name, tensors) {
      put(name, tensors);
    },
  };
}

/** What was used last comes last; the first ones go. */
function keepLatest(caches: Map<string | null, Kept>, name: string | null, kept: Kept): void {
  caches.delete(name);
  caches.set(name, kept);
  for (const [oldest] of caches) {
    if (caches.size > mostCaches) caches.delete(oldest);
  }
}

/** The one whose turn it is to go, emptied, where it has the slots that are needed: one more would be as large again. */
function spareOf(caches: Map<string | null, Kept>, needed: number): Kept | undefined {
  const [oldest] = caches;
  if (caches.size < mostCaches || oldest?.[1].cache.capacity !== needed) return undefined;
  caches.delete(oldest[0]);
  oldest[1].cache.cutAt(0);
  return oldest[1];
}

/** The cache with slots for `more` tokens; what is cached is copied into a larger one where it has too few. */
function withRoom(kept: Kept, more: number, limit: number): KvCache {
  const needed = kept.cache.ids.length + more;
  if (needed > kept.cache.capacity) kept.cache = kept.cache.grown(slotsFor(needed, limit));
  return kept.cache;
}

function slotsFor(tokens: number, limit: number): number {
  return Math.min(Math.ceil(tokens / moreSlots) * moreSlots, limit);
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
