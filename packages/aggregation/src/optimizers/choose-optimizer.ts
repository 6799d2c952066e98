// From a task group's settings to its server optimizer. The rules themselves stand one to a file.
import type { AggregationSettings } from '@colora/protocol/aggregation-settings';
import { AggregationError } from '../aggregation-error.ts';
import { fedadagrad } from './fedadagrad.ts';
import { fedadam } from './fedadam.ts';
import { fedavgm } from './fedavgm.ts';
import { fedyogi } from './fedyogi.ts';
import { plain } from './plain.ts';
import type { ServerOptimizer } from './server-optimizer.ts';

export interface ServerOptimizerSettings {
  readonly optimizer: AggregationSettings['optimizer'];
  readonly rate: number;
  /** fedavgm only. */
  readonly momentum?: number;
  /** fedadam and fedyogi only, as the next. */
  readonly beta1?: number;
  readonly beta2?: number;
  /** fedadam, fedyogi and fedadagrad only. */
  readonly tau?: number;
}

const makers: Record<
  ServerOptimizerSettings['optimizer'],
  (settings: ServerOptimizerSettings) => ServerOptimizer
> = { plain, fedavgm, fedadam, fedyogi, fedadagrad };

/** Throws AggregationError on an unknown optimizer (listing the known) and on numbers outside of their range. */
export function chooseServerOptimizer(settings: ServerOptimizerSettings): ServerOptimizer {
  if (!Object.hasOwn(makers, settings.optimizer)) {
    const known = Object.keys(makers).join(', ');
    throw new AggregationError('bad-setting', `no optimizer ${settings.optimizer}; known are ${known}`);
  }
  return makers[settings.optimizer](settings);
}
