// The deadline that is proposed for the rounds of a group whose base model is large: by arithmetic, since nobody has trained it
// yet. What members then tell of their steps is held to it by `colora groups show` (deadline-text.ts).
import { type BaseModel, parameterCount } from '@colora/models/base-model';
import { deadlineMargin } from '@colora/protocol/deadlines/step-times';
import { roundStepsOf, type TaskSettings } from '@colora/protocol/task-settings';

/** Below it the usual deadline stays: texts are most often shorter than the limit, and a step takes seconds. */
const largeModel = 0.5e9;
/** Floating-point operations a second of a laptop with two cores: Llama-3.2-1B in float32 takes 55e9 a core. */
const laptopSpeed = 1e11;
/** A token passes each weight twice forward (multiply, add) and twice backward; weights themselves get no gradients. */
const operationsPerWeight = 4;

export interface Proposed {
  /** With that deadline. */
  readonly rounds: TaskSettings['rounds'];
  /** How it comes about, in a sentence. */
  readonly why: string;
}

/** Seconds of a step of that laptop, by the same arithmetic. */
export function estimatedStepSeconds(
  base: Pick<BaseModel, 'weights'>,
  { task, training }: Pick<TaskSettings, 'task' | 'training'>,
): number {
  const { batchSize, accumulate } = training;
  return (operationsPerWeight * parameterCount(base) * batchSize * accumulate * task.maxTokens) / laptopSpeed;
}

/** Null where the usual deadline is as long, or the model is small. In whole minutes. */
export function proposeDeadline(
  base: Pick<BaseModel, 'weights'>,
  settings: Pick<TaskSettings, 'task' | 'training' | 'rounds'>,
): Proposed | null {
  const parameters = parameterCount(base);
  const { batchSize, accumulate } = settings.training;
  const { maxTokens } = settings.task;
  const steps = roundStepsOf(settings);
  const stepSeconds = estimatedStepSeconds(base, settings);
  const seconds = 60 * Math.ceil((deadlineMargin * steps * stepSeconds) / 60);
  if (parameters < largeModel || seconds <= settings.rounds.deadlineSeconds) return null;
  const billions = (parameters / 1e9).toFixed(1);
  const step = `${batchSize * accumulate} x ${maxTokens} tokens through ${billions} billion parameters`;
  return {
    rounds: { ...settings.rounds, deadlineSeconds: seconds },
    why: `rounds get ${seconds / 60} min: ${deadlineMargin} times what ${steps} steps of ${step} take a laptop with two cores (an estimate; --deadline sets another, and colora groups show says what members need)`,
  };
}
