// What the trainer and its worker thread say to each other: calls of methods, and their answers. The methods are those
// of the host below and of what it opens (learner.ts, generator.ts); they are written down nowhere else. Arguments and
// results travel packed (packing.ts), errors as plain data (remote-error.ts).
import type { EngineSettings } from '../engines/engine-settings.ts';
import type { TrainerPriority } from '../engines/trainer-priority.ts';
import type { StopSignal } from '../engines/wrappers/stoppable-engine.ts';
import type { GeneratorOptions, GeneratorWork } from '../generation/generator.ts';
import type { LearnerOptions, LearnerWork } from '../learning/learner.ts';
import type { Telling } from '../programs/shared-resources.ts';
import type { RemoteError } from './remote-error.ts';

interface GuestSettings {
  readonly priority: TrainerPriority;
  /** Of the time, 0 to 1: what the engine works between its rests. */
  readonly share: number;
}

/** The worker itself. */
export interface Host {
  start(settings: EngineSettings & { guest: GuestSettings }): Promise<{
    readonly engine: string;
    readonly device: string;
    readonly why: string;
  }>;
  openLearner(options: LearnerOptions & Telling): Promise<Exposed<LearnerWork>>;
  openGenerator(options: GeneratorOptions): Promise<Exposed<GeneratorWork>>;
  /** Calls of what was opened under this number are refused from now on. */
  close(id: number): Promise<void>;
  stop(): Promise<void>;
}

/** The number that the host is called by; what it opens has others. */
export const hostId = 0;

/** Something of the worker's whose methods can be called from the other side. */
export interface Exposed<Thing> {
  readonly id: number;
  readonly methods: readonly string[];
  /** Its other members. */
  readonly values: ValuesOf<Thing>;
}

type ValuesOf<Thing> = {
  readonly [Name in keyof Thing as Thing[Name] extends (...given: never[]) => unknown
    ? never
    : Name]: Thing[Name];
};

/** The same thing on the other side: its methods answer from there, and it can be closed. */
export type Remote<Thing> = {
  [Name in keyof Thing]: Thing[Name] extends (...given: infer Given) => infer Answer
    ? (...given: Sendable<Given>) => Answer
    : Thing[Name];
} & {
  /** What it holds in the worker is let go; later calls are refused with TrainingError `closed`. */
  close(): Promise<void>;
};

type Sendable<Given> = {
  [Index in keyof Given]: Given[Index] extends StopSignal | undefined
    ? AbortSignal | undefined
    : Given[Index];
};

export interface Request {
  readonly id: number;
  /** Whose method it is. */
  readonly of: number;
  readonly method: string;
  readonly given: unknown;
}

export type Reply =
  | { readonly id: number; readonly answer: unknown }
  | { readonly id: number; readonly error: RemoteError }
  /** One of the call's functions is called, before it is done. */
  | { readonly id: number; readonly callback: number; readonly given: readonly unknown[] }
  | { readonly log: string };
