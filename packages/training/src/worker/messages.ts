// What the trainer and its worker thread say to each other: a table of calls and their answers.
// Tensors travel packed (packed-tensors.ts), errors as plain data (remote-error.ts).

import type { AdapterSettings } from '@colora/adapters/layouts';
import type { EngineSettings } from '../engines/engine-settings.ts';
import type { TrainerPriority } from '../engines/trainer-priority.ts';
import type { Evaluation } from '../evaluation/evaluate.ts';
import type { Generation, GenerationRequest } from '../generation/generator.ts';
import type { LearnerOptions, LearnerSummary } from '../learning/learner.ts';
import type { Personalised, RoundResult } from '../learning/train-round.ts';
import type { Prediction, TaggedText } from '../tasks/task.ts';
import type { PackedTensors } from './packed-tensors.ts';
import type { RemoteError } from './remote-error.ts';

export interface GuestSettings {
  readonly priority: TrainerPriority;
  /** Of the time, 0 to 1: what the engine works between its rests. */
  readonly share: number;
}

type PackedState = { readonly personal: PackedTensors; readonly optimizerState: PackedTensors };

export type PackedRound = Omit<RoundResult, 'contribution' | 'personal' | 'optimizerState'> &
  PackedState & { readonly contribution: PackedTensors };

export type PackedPersonalised = Omit<Personalised, 'personal' | 'optimizerState'> & PackedState;

export type PackedLearnerOptions = Omit<LearnerOptions, 'personal' | 'optimizerState'> & {
  readonly personal: PackedTensors | null;
  readonly optimizerState: PackedTensors | null;
};

/** Method -> what it takes and gives. */
export interface Calls {
  start: {
    takes: EngineSettings & { guest: GuestSettings };
    gives: { engine: string; device: string; why: string };
  };
  open: { takes: PackedLearnerOptions; gives: { learner: number; summary: LearnerSummary } };
  trainRound: { takes: { learner: number; shared: PackedTensors; round: number }; gives: PackedRound };
  personalise: {
    takes: { learner: number; shared: PackedTensors; steps: number };
    gives: PackedPersonalised;
  };
  evaluate: { takes: { learner: number; shared: PackedTensors }; gives: Evaluation };
  predict: {
    takes: { learner: number; shared: PackedTensors; texts: readonly string[] };
    gives: Prediction[];
  };
  tag: {
    takes: { learner: number; shared: PackedTensors; texts: readonly string[] };
    gives: TaggedText[];
  };
  close: { takes: { learner: number }; gives: null };
  openGenerator: {
    takes: { baseModel: string; settings: AdapterSettings | null; tensors: PackedTensors };
    gives: { generator: number };
  };
  /** Told on the way: the text, piece by piece. `stop` is a stopFlag's memory. */
  generate: {
    takes: { generator: number; request: GenerationRequest; stop: SharedArrayBuffer };
    gives: Generation;
  };
  closeGenerator: { takes: { generator: number }; gives: null };
  stop: { takes: null; gives: null };
}

export type Method = keyof Calls;

export type Request = {
  [M in Method]: { readonly id: number; readonly method: M; readonly takes: Calls[M]['takes'] };
}[Method];

export type Reply =
  | { readonly id: number; readonly gives: Calls[Method]['gives'] }
  | { readonly id: number; readonly error: RemoteError }
  /** Part of what a call will give, told before it is done. */
  | { readonly id: number; readonly piece: string }
  | { readonly log: string };

/** The buffers that may be moved with a message: those of its packed tensors. */
export function buffersOf(message: unknown): ArrayBuffer[] {
  if (typeof message !== 'object' || message === null) return [];
  if (isPacked(message)) return [message.values.buffer];
  return Object.values(message).flatMap((value) => (isPacked(value) ? [value.values.buffer] : []));
}

function isPacked(value: unknown): value is PackedTensors {
  return (
    typeof value === 'object' && value !== null && 'values' in value && value.values instanceof Float32Array
  );
}
