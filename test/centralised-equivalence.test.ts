// With gradient contributions, a plain server step and no personal part, federated training is
// centralised SGD: the weighted mean of the members' gradients is the gradient of the pooled data.
// (It is exact because gradients are linear; averaging trained factors would not be.)
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { runClient } from '@colora/client/daemon';
import { readTrained } from '@colora/client/trained';
import { taskSettingsSchema } from '@colora/protocol/task-settings';
import { norm, subtract } from '@colora/tensors/arithmetic';
import type { TensorMap } from '@colora/tensors/tensor';
import { initialShared } from '@colora/training/learning/initial-checkpoint';
import { useMembers } from './support/members.ts';
import { reviews } from './support/people.ts';
import { makeGroup, type SmallSettings, useSystem } from './support/system.ts';

const system = useSystem();
const members = useMembers(system);

const rounds = 5;
const rate = 5;
const people = [reviews(1, 6), reviews(2, 6), reviews(3, 6)];
const pooled = people.flat();

/** The adapter's B and the head start at zero: a large rate, so that five steps move everything. */
const federated: SmallSettings = {
  adapter: { layout: 'global', rank: 2, alpha: 2, targets: ['pooler', 'layers.1.mlp.fc1'] },
  training: { contribution: 'gradient', personalSteps: 0, sharedSteps: 1, batchSize: people[0]!.length },
  aggregation: { optimizer: 'plain', rate, weighting: 'examples' },
  rounds: { count: rounds, participants: people.length, quorum: people.length },
};

async function trainFederated(group: string): Promise<TensorMap> {
  await makeGroup(system, group, federated);
  const workspace = (person: number) => join(system.folder, `${group}-${person}`);
  await Promise.all(
    people.map((examples, person) => runClient(members.options(group, `${person}`, { examples }))),
  );
  return (await readTrained(workspace(0), group)).shared;
}

/** One learner with everybody's examples takes the same number of SGD steps on all of them. */
async function trainCentralised(group: string): Promise<{ start: TensorMap; end: TensorMap }> {
  const { settings: asFederated } = await system.admin.call('showGroup', { params: { group } });
  const settings = taskSettingsSchema.parse({
    ...asFederated,
    training: {
      ...asFederated.training,
      contribution: 'delta',
      optimizer: 'sgd',
      sharedSteps: rounds,
      batchSize: pooled.length,
      sharedRate: rate,
      headRate: rate,
    },
  });
  const start = await initialShared(system.baseModel, settings, settings.seed);
  const learner = await members.trainer.openLearner({
    baseModel: system.baseModel,
    settings,
    examples: pooled,
    seed: 99,
  });
  const { contribution } = await learner.trainRound({ shared: start, round: 1 });
  return { start, end: subtract(start, contribution) };
}

test('federated equals centralised to 1e-5, and is not where it started', async () => {
  const group = 'federated';
  const shared = await trainFederated(group);
  const { start, end } = await trainCentralised(group);
  assert.deepEqual([...shared.keys()].sort(), [...end.keys()].sort());
  for (const [name, tensor] of end) {
    const one = new Map([[name, tensor]]);
    const other = new Map([[name, shared.get(name)!]]);
    const moved = norm(subtract(one, new Map([[name, start.get(name)!]])));
    const apart = norm(subtract(one, other));
    assert.ok(moved > 0.01, `${name} moved by ${moved}`);
    assert.ok(apart <= 1e-5 * norm(one), `${name}: ${apart} apart after moving by ${moved}`);
  }
});
