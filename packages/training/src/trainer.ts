// The public entry: a trainer is a worker thread that owns engines, base models and learners, so that the caller's
// event loop stays free while a step runs. No training happens in this thread.

import { Worker } from 'node:worker_threads';
import { tensorOf } from '@colora/protocol/control-names';
import type { TensorMap } from '@colora/tensors/tensor';
import { switchOffTelemetry } from '@colora/tfjs-onnx/no-telemetry';
import { keepFloat32OnCuda } from './engines/cuda-float32.ts';
import { type EngineSettings, engineDefaults } from './engines/engine-settings.ts';
import { openPace } from './engines/paced-engine.ts';
import { stopFlag } from './engines/stoppable-engine.ts';
import type { TrainerPriority } from './engines/trainer-priority.ts';
import type { Evaluation } from './evaluation/evaluate.ts';
import type { Generation, GenerationRequest, GeneratorOptions } from './generation/generator.ts';
import type { LearnerOptions, LearnerSummary } from './learning/learner.ts';
import type { Personalised, RoundResult } from './learning/train-round.ts';
import { asPersonal } from './programs/personal-tensors.ts';
import type { Prediction, TaggedText } from './tasks/task.ts';
import { TrainingError } from './training-error.ts';
import { buffersOf, type Calls, type Method, type Reply } from './worker/messages.ts';
import { packTensors, unpackTensors } from './worker/packed-tensors.ts';
import { fromRemote } from './worker/remote-error.ts';

export type { Evaluation } from './evaluation/evaluate.ts';
export type { Generation, GenerationRequest, GeneratorOptions } from './generation/generator.ts';
export type { LearnerOptions, LearnerSummary } from './learning/learner.ts';
export type { Personalised, RoundResult } from './learning/train-round.ts';
export type { Prediction, TaggedText } from './tasks/task.ts';

export interface TrainerOptions {
  /** `auto`: onnx, or tfjs where onnxruntime doesn't load. */
  readonly engine?: EngineSettings['engine'];
  readonly device?: EngineSettings['device'];
  /** Threads of one step; default: the cores, at most 4. */
  readonly threads?: number;
  /** What the base model's linear layers are kept in; default 32bit, as the model stores them. */
  readonly basePrecision?: EngineSettings['basePrecision'];
  /** Activations are computed again for the backward pass: a fraction of their memory, a quarter more time. */
  readonly recompute?: boolean;
  /** Where base models in fewer bits are kept; needed for those. */
  readonly cacheFolder?: string;
  /** Of its threads, below the user's own programs; default normal. */
  readonly priority?: TrainerPriority;
  /** Of the time, 0 to 1, that it works: it rests between steps; default 1. */
  readonly share?: number;
  /** Warnings, a line each. */
  readonly log?: (line: string) => void;
}

export interface Trainer {
  readonly engine: string;
  readonly device: string;
  /** Why this engine and device were chosen, in one line. */
  readonly why: string;
  openLearner(options: LearnerOptions): Promise<Learner>;
  openGenerator(options: GeneratorOptions): Promise<Generator>;
  /** Rests from the end of the step under way until `resume`; calls wait meanwhile. */
  pause(): void;
  resume(): void;
  /**
   * Ends the thread after the step under way; its call and all waiting ones are rejected with TrainingError `closed`.
   * Await it before process.exit: a thread torn down in the middle of a step aborts the process.
   */
  close(): Promise<void>;
}

/** `shared` is the checkpoint (or any part of it with this learner's shared tensors); it stays the caller's. */
export interface Learner {
  readonly summary: LearnerSummary;
  trainRound(options: { shared: TensorMap; round: number }): Promise<RoundResult>;
  /** Trains the personal part alone; `loss` is null where there is none. */
  personalise(options: { shared: TensorMap; steps: number }): Promise<Personalised>;
  /** On the held-out examples. */
  evaluate(options: { shared: TensorMap }): Promise<Evaluation>;
  predict(options: { shared: TensorMap; texts: readonly string[] }): Promise<Prediction[]>;
  /** Token classification: the words of each text with their tags. */
  tag(options: { shared: TensorMap; texts: readonly string[] }): Promise<TaggedText[]>;
  close(): Promise<void>;
}

/** Goes on from prompts. */
export interface Generator {
  /**
   * `onText` gets the text while it is written, whole characters only. The signal ends it after the token under way,
   * as a generation that was interrupted, not as an error.
   */
  generate(
    request: GenerationRequest,
    onText?: (text: string) => void,
    signal?: AbortSignal,
  ): Promise<Generation>;
  close(): Promise<void>;
}

/** Starts the worker and its engine. Throws TrainingError `no-engine` where none works on this machine. */
export async function startTrainer(options: TrainerOptions = {}): Promise<Trainer> {
  keepFloat32OnCuda();
  switchOffTelemetry();
  const stop = stopFlag();
  const pace = openPace();
  const worker = new Worker(new URL('./worker/worker-entry.js', import.meta.url), {
    workerData: { stop: stop.memory, pace: pace.memory },
    // flags such as `--import tsx` would load a second loader; worker-entry.js brings its own
    execArgv: [],
  });
  const { call, end } = connect(worker, stop.raise, options.log ?? (() => undefined));
  try {
    const { priority = 'normal', share = 1, log: _, ...chosen } = options;
    const asked = { ...engineDefaults, ...chosen, guest: { priority, share } };
    const started = await call('start', asked);
    return {
      ...started,
      openLearner: (learner) => openLearner(call, learner),
      openGenerator: (generator) => openGenerator(call, generator),
      pause: pace.pause,
      resume: pace.resume,
      close: end,
    };
  } catch (error) {
    await end();
    throw error;
  }
}

type Call = <M extends Method>(
  method: M,
  takes: Calls[M]['takes'],
  onPiece?: (piece: string) => void,
) => Promise<Calls[M]['gives']>;

interface Waiting {
  readonly onPiece: ((piece: string) => void) | undefined;
  resolve(gives: Calls[Method]['gives']): void;
  reject(error: Error): void;
}

function connect(
  worker: Worker,
  raiseStop: () => void,
  log: (line: string) => void,
): { call: Call; end(): Promise<void> } {
  const waiting = new Map<number, Waiting>();
  let lastId = 0;
  let ended: TrainingError | undefined;
  const failAll = (error: TrainingError) => {
    ended ??= error;
    for (const { reject } of waiting.values()) reject(ended);
    waiting.clear();
    worker.unref();
  };
  worker.unref(); // only work under way keeps the process alive
  worker.on('message', (reply: Reply) => {
    if ('log' in reply) return log(reply.log);
    const call = waiting.get(reply.id);
    if ('piece' in reply) return call?.onPiece?.(reply.piece);
    waiting.delete(reply.id);
    if (waiting.size === 0) worker.unref();
    if ('error' in reply) call?.reject(fromRemote(reply.error));
    else call?.resolve(reply.gives);
  });
  worker.on('error', (error) =>
    failAll(
      new TrainingError('worker-failed', `the training thread failed: ${error.message}`, { cause: error }),
    ),
  );
  worker.on('exit', () => failAll(new TrainingError('closed', 'the trainer is closed')));
  const call = (method: Method, takes: Calls[Method]['takes'], onPiece?: (piece: string) => void) =>
    new Promise<Calls[Method]['gives']>((resolve, reject) => {
      if (ended !== undefined) return reject(ended);
      lastId += 1;
      waiting.set(lastId, { resolve, reject, onPiece });
      worker.ref();
      worker.postMessage({ id: lastId, method, takes }, buffersOf(takes));
    });
  const end = async () => {
    raiseStop();
    if (ended === undefined) await call('stop', null).catch(() => undefined);
    await worker.terminate();
  };
  return { call: call as Call, end };
}

async function openLearner(
  call: Call,
  { personal, optimizerState, ...options }: LearnerOptions,
): Promise<Learner> {
  const { learner, summary } = await call('open', {
    ...options,
    personal: personal === undefined ? null : packTensors(personal),
    optimizerState: optimizerState === undefined ? null : packTensors(optimizerState),
  });
  return {
    summary,
    async trainRound({ shared, round }) {
      const result = await call('trainRound', { learner, shared: packShared(summary, shared), round });
      return { ...result, contribution: unpackTensors(result.contribution), ...unpackedState(result) };
    },
    async personalise({ shared, steps }) {
      const result = await call('personalise', { learner, shared: packShared(summary, shared), steps });
      return { ...result, ...unpackedState(result) };
    },
    evaluate: ({ shared }) => call('evaluate', { learner, shared: packShared(summary, shared) }),
    predict: ({ shared, texts }) => call('predict', { learner, shared: packShared(summary, shared), texts }),
    tag: ({ shared, texts }) => call('tag', { learner, shared: packShared(summary, shared), texts }),
    close: async () => {
      await call('close', { learner });
    },
  };
}

async function openGenerator(call: Call, { baseModel, adapter }: GeneratorOptions): Promise<Generator> {
  const settings = adapter?.settings ?? null;
  const tensors = packTensors(adapter?.tensors ?? new Map());
  const { generator } = await call('openGenerator', { baseModel, settings, tensors });
  return {
    async generate(request, onText, signal) {
      const stop = stopFlag();
      if (signal?.aborted) stop.raise();
      signal?.addEventListener('abort', stop.raise, { once: true });
      try {
        return await call('generate', { generator, request, stop: stop.memory }, onText);
      } finally {
        signal?.removeEventListener('abort', stop.raise);
      }
    },
    close: async () => {
      await call('closeGenerator', { generator });
    },
  };
}

/** Only what this learner needs of the checkpoint, controls included; the worker says what is missing. */
function packShared({ sharedTensors }: LearnerSummary, shared: TensorMap) {
  const needed = new Set(sharedTensors.map(({ name }) => name));
  return packTensors(new Map([...shared].filter(([name]) => needed.has(tensorOf(name)))));
}

function unpackedState(packed: {
  personal: Parameters<typeof unpackTensors>[0];
  optimizerState: Parameters<typeof unpackTensors>[0];
}) {
  return {
    personal: asPersonal(unpackTensors(packed.personal)),
    optimizerState: unpackTensors(packed.optimizerState),
  };
}
