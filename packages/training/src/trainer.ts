// The public entry: a trainer is a worker thread that owns engines, base models and learners, so that the caller's
// event loop stays free while a step runs. No training happens in this thread.

import { Worker } from 'node:worker_threads';
import { tensorOf } from '@colora/protocol/control-names';
import type { TensorMap } from '@colora/tensors/tensor';
import { switchOffTelemetry } from '@colora/tfjs-onnx/no-telemetry';
import { keepFloat32OnCuda } from './engines/cuda-float32.ts';
import { type EngineSettings, engineDefaults } from './engines/engine-settings.ts';
import type { TrainerPriority } from './engines/trainer-priority.ts';
import { openPace } from './engines/wrappers/paced-engine.ts';
import { stopFlag } from './engines/wrappers/stoppable-engine.ts';
import type { GeneratorOptions, GeneratorWork } from './generation/generator.ts';
import type { LearnerOptions, LearnerWork } from './learning/learner.ts';
import type { Telling } from './programs/shared-resources.ts';
import { TrainingError } from './training-error.ts';
import { type Exposed, type Host, hostId, type Remote, type Reply, type Request } from './worker/messages.ts';
import { type Packed, pack, unpack } from './worker/packing.ts';
import { fromRemote } from './worker/remote-error.ts';

export type { Evaluation } from './evaluation/evaluate.ts';
export type { Generation, GenerationRequest, GeneratorOptions } from './generation/generator.ts';
export type { LearnerOptions } from './learning/learner.ts';
export type { RoundResult } from './learning/train-round.ts';

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
  /** Bytes that a training step may need in all; default: what the machine has. */
  readonly maxMemory?: number;
  /** Makes a step that needs more fit, by recomputing or a base in fewer bits, instead of refusing it. */
  readonly fitMemory?: boolean;
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
  openLearner(options: LearnerOptions & Telling): Promise<Learner>;
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
export type Learner = Remote<LearnerWork>;

/** Goes on from prompts. */
export type Generator = Remote<GeneratorWork>;

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
    const started = await askHost(call, 'start', asked);
    return {
      ...started,
      openLearner: (learner) => openLearner(call, learner),
      openGenerator: async (generator) =>
        remote<GeneratorWork>(call, await askHost(call, 'openGenerator', generator)),
      pause: pace.pause,
      resume: pace.resume,
      close: end,
    };
  } catch (error) {
    await end();
    throw error;
  }
}

/** For the thread to end by itself once it has let go of everything. */
const patienceMs = 3000;

/** One method of what the worker knows by the number `of`. */
type Call = (of: number, method: string, given: readonly unknown[]) => Promise<unknown>;

interface Waiting {
  readonly packed: Packed;
  resolve(answer: unknown): void;
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
    if (call === undefined) return;
    if ('callback' in reply) return call.packed.callbacks[reply.callback]?.(...(reply.given as never[]));
    waiting.delete(reply.id);
    if (waiting.size === 0) worker.unref();
    if ('error' in reply) call.reject(fromRemote(reply.error));
    else call.resolve(unpack(reply.answer, () => undefined));
  });
  worker.on('error', (error) =>
    failAll(
      new TrainingError('worker-failed', `the training thread failed: ${error.message}`, { cause: error }),
    ),
  );
  const gone = new Promise<void>((resolve) => worker.on('exit', () => resolve()));
  worker.on('exit', () => failAll(new TrainingError('closed', 'the trainer is closed')));
  const send = (of: number, method: string, packed: Packed) =>
    new Promise<unknown>((resolve, reject) => {
      if (ended !== undefined) return reject(ended);
      lastId += 1;
      waiting.set(lastId, { resolve, reject, packed });
      worker.ref();
      const request: Request = { id: lastId, of, method, given: packed.message };
      worker.postMessage(request, packed.buffers);
    });
  const call: Call = async (of, method, given) => {
    const packed = pack(given);
    try {
      return await send(of, method, packed);
    } finally {
      packed.release();
    }
  };
  const end = async () => {
    raiseStop();
    if (ended === undefined) await askHost(call, 'stop').catch(() => undefined);
    // it ends by itself once nothing of it is under way: torn down before, onnxruntime's binding may abort the process
    worker.ref();
    const patience = setTimeout(() => void worker.terminate(), patienceMs);
    await gone;
    clearTimeout(patience);
  };
  return { call, end };
}

function askHost<Method extends keyof Host>(
  call: Call,
  method: Method,
  ...given: Parameters<Host[Method]>
): ReturnType<Host[Method]> {
  return call(hostId, method, given) as ReturnType<Host[Method]>;
}

/** `prepare` changes what is given to any of its methods before it is sent. */
function remote<Thing>(
  call: Call,
  { id, methods, values }: Exposed<Thing>,
  prepare = (given: readonly unknown[]) => given,
): Remote<Thing> {
  const asking = methods.map((method) => [
    method,
    (...given: readonly unknown[]) => call(id, method, prepare(given)),
  ]);
  const close = () => askHost(call, 'close', id);
  return { ...values, ...Object.fromEntries(asking), close } as Remote<Thing>;
}

async function openLearner(call: Call, options: LearnerOptions & Telling): Promise<Learner> {
  const exposed = await askHost(call, 'openLearner', options);
  const { sharedTensors } = exposed.values.summary;
  const needed = new Set(sharedTensors.map(({ name }) => name));
  // only what this learner needs of the checkpoint, controls included; the worker says what is missing
  const pick = (shared: TensorMap) => new Map([...shared].filter(([name]) => needed.has(tensorOf(name))));
  return remote<LearnerWork>(call, exposed, ([first]) => {
    if (first === undefined) return [];
    const asked = first as { shared: TensorMap };
    return [{ ...asked, shared: pick(asked.shared) }];
  });
}
