// What a server optimizer is: a pair of pure functions that turns the round's mean update into the next checkpoint.
// Its members stand one to a file: plain.ts, fedavgm.ts, fedadam.ts, fedyogi.ts, fedadagrad.ts; choose-optimizer.ts picks one;
// scaffold.ts puts its own step for controls around any of them.
import type { TensorMap } from '@colora/tensors/tensor';

export interface ServerOptimizer {
  readonly name: string;
  /** The state before the first round; empty: every tensor's state begins when its first update comes. */
  init(): TensorMap;
  /**
   * One step against `update` (a gradient, or start - end). Names and shapes of `update` are among those of `params`;
   * tensors it lacks stay as they are, their state too. What doesn't change is shared with the arguments, not copied.
   * Throws AggregationError on other names or shapes, and where a parameter would become NaN or infinite.
   */
  next(state: TensorMap, params: TensorMap, update: TensorMap): ServerStep;
}

export interface ServerStep {
  /** Persisted with the checkpoint; keys such as `momentum/<tensor>`. */
  readonly state: TensorMap;
  readonly params: TensorMap;
  /** `updateNorm` and `stepNorm`: global norms of what came in and of what was subtracted. */
  readonly metrics: Record<string, number>;
}
