// The guard of a member through the real wire: the accounts of all members together are the whole way from the first
// checkpoint to the last, whatever travels how; where that can't be told nothing is claimed; what is found stays on the
// machine, and predictions are mixed by it.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { modelsOf, predictWith, type WeightedModel } from '@colora/cli/trained-model/mixed-model';
import { personalPart } from '@colora/cli/trained-model/personal-part';
import { runClient } from '@colora/client/daemon';
import { readVerdict, readVerdicts } from '@colora/client/told';
import { readTrained } from '@colora/client/trained';
import { groupPaths } from '@colora/client/workspace/group-workspace';
import { keepPersonal, readPersonal } from '@colora/client/workspace/personal-store';
import { openBaseModel } from '@colora/models/base-model';
import { clusterRowOf } from '@colora/protocol/clusters/cluster-rows';
import { add, norm, subtract } from '@colora/tensors/arithmetic';
import { decode } from '@colora/tensors/safetensors/safetensors';
import type { TensorMap } from '@colora/tensors/tensor';
import { useMembers } from '../support/members.ts';
import { reviews } from '../support/people.ts';
import { makeGroup, type SmallSettings, useSystem } from '../support/system.ts';

const system = useSystem();
const members = useMembers(system);
const names = ['ada', 'cleo'];
const workspace = (group: string, name: string) => join(system.folder, `${group}-${name}`);

async function run(group: string, settings: SmallSettings): Promise<void> {
  await makeGroup(system, group, {
    ...settings,
    rounds: { count: 3, participants: 2, quorum: 2, ...settings.rounds },
  });
  await joinBoth(group);
}

/** Both members until the group is completed; the second time they go on with their workspaces. */
async function joinBoth(group: string): Promise<void> {
  await Promise.all(
    names.map((name, at) =>
      runClient(
        members.options(group, name, {
          guard: true,
          name: `${group}-${name}`,
          examples: reviews(at, 8 + 8 * at),
        }),
      ),
    ),
  );
}

async function checkpoint(group: string, version: number): Promise<TensorMap> {
  const answer = await system.admin.call('getCheckpoint', { params: { group, version } });
  return decode(new Uint8Array(await answer.arrayBuffer())).tensors;
}

const account = async (group: string, name: string) =>
  (await readPersonal(groupPaths(workspace(group, name), group).personal))!.account!;

/** The first checkpoint with the rows of clusters that came later, which start from its own. */
function withRowsOf(later: TensorMap, first: TensorMap): TensorMap {
  const start = (name: string) => first.get(name) ?? first.get(`head/${clusterRowOf(name)!.label}`)!;
  return new Map([...later.keys()].map((name) => [name, start(name)]));
}

const exact: [group: string, settings: SmallSettings][] = [
  ['plain', {}],
  ['by-examples', { aggregation: { weighting: 'examples', rate: 0.8 } }],
  ['clipped-and-noised', { privacy: { clipNorm: 0.1, noiseMultiplier: 0.01 } }],
  ['int8', { wire: { upload: 'int8', download: 'f16' } }],
  ['top-k', { wire: { upload: 'top-k', keep: 0.2 } }],
  ['bf16', { wire: { upload: 'bf16', download: 'bf16' } }],
  ['gradients', { training: { contribution: 'gradient' }, aggregation: { rate: 0.5 } }],
  ['rows-of-few', { privacy: { minMembers: 3 } }], // both hold what moves; rows of a cluster of one stay with her
  ['rows-of-few-top-k', { privacy: { minMembers: 3 }, wire: { upload: 'top-k', keep: 0.2 } }],
  ['buffered', { rounds: { mode: 'buffered', bufferSize: 1, maxStaleness: 4, quorum: 1, count: 5 } }],
];

for (const [group, settings] of exact) {
  test(`the accounts of all are the whole movement: ${group}`, async () => {
    await run(group, settings);
    const last = (await system.admin.call('showGroup', { params: { group } })).checkpoint!.version;
    const end = await checkpoint(group, last);
    const first = withRowsOf(end, await checkpoint(group, 0));
    const moved = subtract(first, end);
    const nothing = subtract(first, first);
    let told = nothing;
    for (const name of names) {
      const { applied, lost, open, version } = await account(group, name);
      assert.deepEqual([lost, open.length, version], [null, 0, last]);
      told = add(
        told,
        new Map([...nothing].map(([tensor, zeros]) => [tensor, applied.get(tensor) ?? zeros])),
      );
    }
    assert.ok(norm(moved) > 0);
    assert.ok(
      norm(subtract(moved, told)) < 1e-5 * norm(moved),
      `${norm(subtract(moved, told)) / norm(moved)}`,
    );
  });
}

/** One member for the rounds that the group is given now, after which it is completed again. */
async function goOn(group: string, name: string): Promise<void> {
  await system.admin.call('extendGroup', { params: { group }, body: { rounds: 1 } });
  await runClient(members.options(group, name, { guard: true, name: `${group}-${name}` }));
}

test('after a rollback an account is right where all of it is in the checkpoint gone back to, and lost elsewhere', async () => {
  const group = 'rolled-back';
  // Who left is online for a while yet: a round that asks her too waits for its deadline.
  await run(group, { rounds: { participants: 1, quorum: 1, count: 2, deadlineSeconds: 3, retries: 100 } });
  const before = await account(group, 'ada');
  assert.equal(before.version, 2);
  await goOn(group, 'cleo');
  await system.admin.call('rollbackGroup', { params: { group }, body: { toVersion: 2 } });
  await goOn(group, 'ada');
  const after = await account(group, 'ada');
  assert.deepEqual([after.lost, after.open.length, after.version], [null, 0, 5]);
  const [from, to] = [await checkpoint(group, 4), await checkpoint(group, 5)];
  const nothing = subtract(from, from);
  const own = (applied: TensorMap) =>
    new Map([...nothing].map(([name, zeros]) => [name, applied.get(name) ?? zeros]));
  const moved = subtract(from, to);
  const told = subtract(own(after.applied), own(before.applied));
  assert.ok(norm(moved) > 0 && norm(subtract(moved, told)) < 1e-5 * norm(moved));
  await goOn(group, 'cleo');
  assert.match((await account(group, 'cleo')).lost ?? '', /rolled back/);
  assert.match((await readVerdict(workspace(group, 'cleo'), group)).why ?? '', /rolled back/);
});

test('where no own part can be told the verdict says so, and predictions are the shared model’s', async () => {
  for (const [group, aggregation] of [
    ['median', { rule: 'median' }],
    ['momentum', { optimizer: 'fedavgm' }],
  ] as const) {
    await run(group, { aggregation });
    const { found, why } = await readVerdict(workspace(group, 'ada'), group);
    assert.equal(found, null);
    assert.match(why!, /nobody’s own part of a checkpoint can be told/);
    assert.equal((await readTrained(workspace(group, 'ada'), group)).guard, null);
  }
});

test('predictions are the mixture of the two models, by the weights that were found', async () => {
  const group = 'plain';
  const { found, version } = await readVerdict(workspace(group, 'cleo'), group);
  assert.equal(version, 3);
  assert.equal(found!.verdict.examples, 16);
  assert.ok(Math.abs(found!.weights.alone + found!.weights.core - 1) < 1e-9);
  const trained = await readTrained(workspace(group, 'cleo'), group);
  const texts = ['the soup was lovely', 'a chair broke at once'];
  const models = await modelsOf(trained, system.baseModel, undefined);
  const { linears } = await openBaseModel(system.baseModel);
  const ask = async (asked: readonly WeightedModel[]) =>
    (await predictWith(members.trainer, system.baseModel, asked, texts)).map((prediction) =>
      'probabilities' in prediction ? prediction.probabilities.good! : Number.NaN,
    );
  const [alone, core] = await Promise.all(models.map((model) => ask([{ ...model, weight: 1 }])));
  const mixed = await ask(models);
  for (const [i, value] of mixed.entries())
    assert.ok(Math.abs(value - (found!.weights.alone * alone![i]! + found!.weights.core * core![i]!)) < 1e-9);
  assert.ok(
    alone!.some((value, i) => Math.abs(value - core![i]!) > 1e-3),
    'they are two models',
  );
  const [start, whole] = [
    personalPart(trained.personal, trained.group.settings, linears, 0)!,
    trained.personal!,
  ];
  for (const [name, { data }] of models[1]!.personal!)
    for (const [i, value] of data.entries()) {
      const from = start.get(name)!.data[i]!;
      assert.ok(Math.abs(value - from - found!.ofPersonal * (whole.get(name)!.data[i]! - from)) < 1e-6);
    }
});

test('a verdict is of the examples that it was made of: with others it counts no more, and is there again with the same', async () => {
  const group = 'plain';
  const at = workspace(group, 'cleo');
  const before = await readVerdict(at, group);
  let said: string[] = [];
  const joinWith = (person: number, guard: boolean) =>
    runClient(
      members.options(group, 'cleo', {
        guard,
        name: `${group}-cleo`,
        examples: reviews(person, 16),
        log: ({ message }) => said.push(message),
      }),
    );
  await joinWith(3, false);
  assert.ok(said.some((text) => /other examples than its verdict was made of/.test(text)));
  await assert.rejects(readVerdict(at, group), /verdict on plain was of other examples .*--no-guard/);
  assert.deepEqual(await readVerdicts(at, system.url), []);
  assert.equal((await readTrained(at, group)).guard, null);
  said = [];
  await joinWith(1, false);
  assert.ok(!said.some((text) => text.includes('other examples')));
  assert.deepEqual(await readVerdict(at, group), before);
  assert.notEqual((await readTrained(at, group)).guard, null);
  await joinWith(3, true);
  const { data, found } = await readVerdict(at, group);
  assert.notEqual(data, before.data);
  assert.equal(found?.verdict.examples, 16);
  assert.notEqual((await readTrained(at, group)).guard, null);
});

test('nothing of the arm trained alone, the evidence or the verdict is reported; what is told is in figures.test.ts', async () => {
  const { items } = await system.admin.call('listMetrics', {
    params: { group: 'plain' },
    query: { limit: 1000 },
  });
  assert.deepEqual(
    items.filter(({ name }) => /helped|gain|alone|weight|verdict/i.test(name)),
    [],
  );
  const { contributionList } = await system.admin.call('showRound', { params: { group: 'plain', round: 3 } });
  assert.equal(contributionList.length, 2);
  const report = JSON.parse(
    await readFile(groupPaths(workspace('plain', 'ada'), 'plain').guard, 'utf8'),
  ) as object;
  assert.ok('found' in report);
});

test('who trained before accounts were kept is told that nothing can be said', async () => {
  const group = 'upgraded';
  await run(group, {});
  const { personal } = groupPaths(workspace(group, 'ada'), group);
  await keepPersonal(personal, { ...(await readPersonal(personal))!, account: null }); // as an earlier version left it
  await system.admin.call('extendGroup', { params: { group }, body: { rounds: 1 } });
  await joinBoth(group);
  assert.match(
    (await readVerdict(workspace(group, 'ada'), group)).why!,
    /took part without keeping account of its own part/,
  );
  assert.equal((await readVerdict(workspace(group, 'cleo'), group)).why, null);
});
