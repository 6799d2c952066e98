// What of one's own part of a checkpoint still stands. The others' contributions are made where one's own is in force, and
// take back of it what doesn't suit them, a little with every round. A checkpoint less all that one ever gave goes against
// one's own examples, the more so the longer a group trains; less what stands it is as good on them as on others that
// nobody has seen (docs/decisions.md has the measurements). Of the adapters alone: head rows may be nobody else's.
import { isHeadRow } from '@colora/protocol/clusters/cluster-rows';
import { phasesOf, sharedRateOf, type TaskSettings } from '@colora/protocol/task-settings';
import { scale } from '@colora/tensors/arithmetic';
import type { OwnAccount } from './own-account.ts';

/**
 * The share that a round of others takes back, and the way that adapters go in it: steps x rate. Measured were 0.1 and more
 * of groups of twelve, 0.05 to 0.1 of groups of two; less is assumed, so that what is left errs against training together.
 */
const measured = { share: 0.08, way: 8 * 8e-3 };

/** 0 to 0.08: where a round goes less far less is taken back; 0 where it isn't measured, and all of one's own stands. */
export function takenBackARound(settings: TaskSettings): number {
  const { task, adapter, training, aggregation } = settings;
  const isMeasured =
    task.kind === 'classification' &&
    adapter.layout === 'core' &&
    phasesOf(settings) === 'joint' &&
    training.optimizer !== 'sgd' &&
    training.schedule === 'constant';
  if (!isMeasured) return 0;
  const way = (training.personalSteps + training.sharedSteps) * sharedRateOf(settings) * aggregation.rate;
  return measured.share * Math.min(1, way / measured.way);
}

/** `others`: the sum over further rounds of the others' share in them, 0 to 1 each. */
export function standingAfter(standing: OwnAccount, others: number, takenBack: number): OwnAccount {
  const adapters = adapterPart(standing);
  return others <= 0 ? adapters : scale(adapters, (1 - takenBack) ** others);
}

export function adapterPart(account: OwnAccount): OwnAccount {
  return new Map([...account].filter(([name]) => !isHeadRow(name)));
}
