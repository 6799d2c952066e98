// The attack that the workspace's secret is against: who knows everything public of a group guesses a member's examples, trains
// the same round with each guess, and compares. With batches of a public seed one guess gives the very bytes that were sent.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fixturesFolder } from '@colora/models/testing-references';
import type { TaskSettings } from '@colora/protocol/task-settings';
import { norm, subtract } from '@colora/tensors/arithmetic';
import type { TensorMap } from '@colora/tensors/tensor';
import { onnxEngine } from '@colora/training/engines/onnx-engine';
import { initialShared } from '@colora/training/learning/initial-checkpoint';
import { openLearner } from '@colora/training/learning/learner';
import type { Example } from '@colora/training/tasks/tasks';
import { quietResources, recipe } from '@colora/training/testing/testing-models';
import { trainingSeeds } from './training-seeds.ts';

const engine = onnxEngine({ device: 'cpu', threads: 1 });
const resources = quietResources(engine);
const baseModel = join(fixturesFolder, 'tiny-bert');
const candidates: Example[] = [
  'good',
  'fine',
  'nice',
  'warm',
  'soft',
  'dull',
  'cold',
  'loud',
  'late',
  'weak',
].map((word, index) => ({ text: `it was ${word} and ${index}`, label: index < 5 ? 'good' : 'bad' }));
const pairs = candidates.flatMap((one, i) => candidates.slice(i + 1).map((other) => [one, other]));
const victim = pairs.findIndex(([one, other]) => one === candidates[2] && other === candidates[7]);
let folder = '';
let settings: TaskSettings;
let shared: TensorMap;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'colora-replay-'));
  settings = await recipe({ adapter: { rank: 2, targets: ['pooler.dense'] }, training: {} }, baseModel);
  shared = await initialShared(baseModel, settings, 0);
});
after(async () => {
  engine.dispose();
  await rm(folder, { recursive: true, force: true });
});

/** What a member of the group sends in its first round with these examples. */
async function sentWith(examples: readonly Example[], seed: string | number): Promise<TensorMap> {
  const learner = await openLearner(resources, { baseModel, settings, examples, seed });
  return (await learner.trainRound({ shared, round: 1 })).contribution;
}

const seedOf = async (seed: 'of-group' | undefined, workspace: string) =>
  (await trainingSeeds(seed, { trainingSecret: join(folder, workspace) }, { settings }, 'anna')).learner;

/** How far from what was sent each guess's training ends, for an attacker with a workspace of its own; relative, 0: the same bits. */
async function distances(sent: TensorMap, seed: 'of-group' | undefined): Promise<number[]> {
  const tried: number[] = [];
  for (const pair of pairs) {
    const replayed = await sentWith(pair, await seedOf(seed, 'attacker'));
    const hasItsNames = [...sent.keys()].join() === [...replayed.keys()].join();
    tried.push(hasItsNames ? norm(subtract(sent, replayed)) / norm(sent) : Number.POSITIVE_INFINITY);
  }
  return tried;
}

const exact = (tried: readonly number[]) => [...tried.keys()].filter((index) => tried[index] === 0);

test('by a public seed two examples are found out among 45 guesses, exactly', async () => {
  const sent = await sentWith(pairs[victim]!, await seedOf('of-group', 'victim'));
  assert.deepEqual(exact(await distances(sent, 'of-group')), [victim]);
});

test('with the secret of her workspace no guess gives what she sent; likeness still tells, as docs/tradeoffs.md says', async (t) => {
  const sent = await sentWith(pairs[victim]!, await seedOf(undefined, 'victim'));
  const tried = await distances(sent, undefined);
  assert.deepEqual(exact(tried), []);
  const [nearest, next] = tried.toSorted((one, other) => one - other);
  t.diagnostic(`distance of the right guess ${nearest}, of the next ${next}`);
  assert.equal(tried.indexOf(nearest!), victim);
});
