// The guard of language models through the real wire: own examples that no part of a blend has seen choose how much of it was
// trained together, and that blend is what judges, writes and is exported.
import assert from 'node:assert/strict';
import { readdir, readFile, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { blend } from '@colora/adapters/blend';
import { exportAdapter } from '@colora/cli/adapter/export-adapter';
import { createTaskGroup } from '@colora/cli/create-group';
import { evaluateModel } from '@colora/cli/trained-model/evaluate-model';
import { foldTrained } from '@colora/cli/trained-model/fold-trained';
import { runClient } from '@colora/client/daemon';
import type { ClientOptions } from '@colora/client/session/client-options';
import { readVerdict } from '@colora/client/told';
import { readTrained } from '@colora/client/trained';
import { groupPaths } from '@colora/client/workspace/group-workspace';
import { openBaseModel } from '@colora/models/base-model';
import { blendGrid } from '@colora/training/collaboration/blend-weight';
import { useMembers } from '../support/members.ts';
import { useSystem } from '../support/system.ts';

const baseModel = fileURLToPath(new URL('../../packages/models/fixtures/stories260k', import.meta.url));
const system = useSystem();
const members = useMembers(system);
const animals = ['cat', 'dog', 'hen', 'cow', 'fox', 'owl', 'pig', 'bee', 'ant', 'rat', 'elk', 'bat'];
const tales = (end: string, count: number) =>
  animals.slice(0, count).map((animal) => ({ prompt: `The ${animal} was`, completion: ` ${end}.` }));
const workspace = (group: string, name: string) => join(system.folder, `${group}-${name}`);

async function makeTales(name: string): Promise<void> {
  await createTaskGroup(system.admin, {
    ...{ name, access: 'open', baseModel },
    settings: {
      task: { kind: 'causal-lm', maxTokens: 16 },
      adapter: { rank: 2, alpha: 2, targets: ['q_proj', 'v_proj'] },
      training: { personalSteps: 1, sharedSteps: 3, batchSize: 4 },
      rounds: { count: 3, participants: 2, quorum: 2 },
    },
  });
  await system.admin.call('startGroup', { params: { group: name } });
}

const person = (group: string, name: string, examples: ClientOptions['examples'], extra = {}) =>
  members.options(group, name, { guard: true, baseModel, name: `${group}-${name}`, examples, ...extra });

test('alike or not, a blend is found on examples that were not seen, and is what judges and is exported', async () => {
  const group = 'tales';
  await makeTales(group);
  await Promise.all([
    runClient(person(group, 'ada', tales('very happy', 12))),
    runClient(person(group, 'bob', tales('sad and tired', 12))),
  ]);
  const { linears } = await openBaseModel(baseModel);
  for (const name of ['ada', 'bob']) {
    const { found, version } = await readVerdict(workspace(group, name), group);
    assert.deepEqual([version, found!.verdict.examples], [3, 12]);
    const { alone, core } = found!.weights;
    assert.ok((blendGrid as readonly number[]).includes(core), `${core}`);
    assert.equal(alone, 1 - core);
    const trained = await readTrained(workspace(group, name), group);
    const parts = (['core', 'alone'] as const).map((part) => foldTrained(trained, { linears }, part));
    const expected = blend([
      { folded: parts[0]!, weight: core },
      { folded: parts[1]!, weight: alone },
    ]);
    assert.deepEqual(foldTrained(trained, { linears }), expected);

    const data = join(system.folder, `${name}.jsonl`);
    await writeFile(
      data,
      tales('very happy', 12)
        .map((row) => JSON.stringify(row))
        .join('\n'),
    );
    const models = ['base', 'personal', 'alone', 'mixed'] as const;
    const say = () => undefined;
    const judged = await evaluateModel(members.trainer, {
      ...{ baseModel, trained, models, data: [data], maxTokens: 16, say },
    });
    const loss = Object.fromEntries(judged.map((one) => [one.model, one.loss!]));
    if (core === 1) assert.ok(Math.abs(loss.mixed! - loss.personal!) < 1e-5);
    if (core === 0) assert.ok(Math.abs(loss.mixed! - loss.alone!) < 1e-5);
    assert.ok(loss.mixed! < Math.max(loss.alone!, loss.personal!) + 1e-5, JSON.stringify(loss));
    const target = join(system.folder, `${name}-lora`);
    await exportAdapter({ workspace: workspace(group, name), group, baseModel, target });
    assert.deepEqual((await readdir(target)).sort(), ['adapter_config.json', 'adapter_model.safetensors']);
    const { r } = JSON.parse(await readFile(join(target, 'adapter_config.json'), 'utf8'));
    assert.equal(r, core > 0 && core < 1 ? 4 : 2);
  }
});

test('killed while it judges, or with an arm gone, the same is found again', async () => {
  const [group, name] = ['tales', 'ada'];
  const paths = groupPaths(workspace(group, name), group);
  const before = await readFile(paths.guard, 'utf8');
  await unlink(paths.guard);
  await unlink(paths.aloneFold(1));
  await runClient(person(group, name, tales('very happy', 12)));
  assert.equal(await readFile(paths.guard, 'utf8'), before);
});

test('too few examples to judge by: it says so, and the model is the one trained together', async () => {
  const group = 'few';
  await makeTales(group);
  await Promise.all([
    runClient(person(group, 'ada', tales('very happy', 5))),
    runClient(person(group, 'bob', tales('sad', 5), { guard: false })),
  ]);
  const { found, why } = await readVerdict(workspace(group, 'ada'), group);
  assert.equal(found, null);
  assert.match(why!, /8 examples/);
  assert.equal((await readTrained(workspace(group, 'ada'), group)).guard, null);
});
