// Training through a wire of int8, both ways, ends where training through float32 does: the demo's hardest task for a
// shared adapter (half of the people use the labels the other way round), half of its people, the same seeds and batches.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { defaultTargetsOf } from '@colora/cli/adapter/default-targets';
import { createTaskGroup } from '@colora/cli/create-group';
import { drawScenarios } from '@colora/cli/demo/scenarios';
import { readSentences } from '@colora/cli/demo/sentences';
import { methodSettings } from '@colora/cli/experiment/methods';
import { runInProcess, startTrainers } from '@colora/cli/experiment/run-in-process';
import type { TaskSettingsInput } from '@colora/protocol/task-settings';
import type { Trainer } from '@colora/training/trainer';
import { useSystem } from './support/system.ts';

let trainers: readonly Trainer[] = [];
const system = useSystem(async () => {
  trainers = await startTrainers(system.baseModel, {});
});
after(() => Promise.all(trainers.map((trainer) => trainer.close())));

const seed = 0;
const rounds = 6;

/** What the people report at the end, and the bytes that one of them sends in a round. */
async function train(group: string, wire: TaskSettingsInput['wire']) {
  const { people: everybody, labels } = drawScenarios(await readSentences(), seed)['different-meanings'];
  const people = everybody.filter((_, index) => index % 4 < 2); // of each domain one of either convention
  const targets = defaultTargetsOf('use-lite', 'classification');
  const { head, ...recipe } = methodSettings('core', targets, { rounds, steps: 8, batchSize: 8 });
  const settings: Omit<TaskSettingsInput, 'baseModel'> = {
    ...recipe,
    task: { kind: 'classification', labels: [...labels], maxTokens: 24, head },
    rounds: { count: rounds, participants: people.length, quorum: people.length },
    seed,
    ...(wire === undefined ? {} : { wire }),
  };
  const { admin, baseModel, folder, url } = system;
  await createTaskGroup(admin, { name: group, access: 'open', baseModel, settings });
  await admin.call('startGroup', { params: { group } });
  const { signal } = new AbortController();
  await runInProcess({ url, people, group, baseModel, folder: join(folder, 'people'), trainers, signal });
  const mean = async (name: string) => {
    const { items } = await admin.call('listMetrics', { params: { group }, query: { name, limit: 1000 } });
    assert.equal(items.length, people.length);
    return items.reduce((sum, { value }) => sum + value, 0) / items.length;
  };
  const { contributionList } = await admin.call('showRound', { params: { group, round: rounds } });
  return {
    accuracy: await mean('accuracy'),
    loss: await mean('heldOutLoss'),
    bytes: contributionList[0]!.bytes,
  };
}

test('int8 up and down ends within 3 points and 5 % of the loss of float32, for 0.3 of the bytes', async (t) => {
  const plain = await train('plain', undefined);
  const packed = await train('packed', { upload: 'int8', download: 'int8' });
  t.diagnostic(JSON.stringify({ plain, packed }));
  assert.ok(plain.accuracy > 0.65, `float32 learnt: ${plain.accuracy}`);
  // The standard error of 1200 held-out answers is 1.3 points.
  assert.ok(Math.abs(packed.accuracy - plain.accuracy) < 0.03, `${packed.accuracy} and ${plain.accuracy}`);
  assert.ok(Math.abs(packed.loss - plain.loss) < 0.05 * plain.loss, `${packed.loss} and ${plain.loss}`);
  assert.ok(packed.bytes < 0.3 * plain.bytes, `${packed.bytes} and ${plain.bytes}`);
});
