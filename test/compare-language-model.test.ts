// `colora compare` on a language model, as people run it: exact matches and losses of every method, guarded among them,
// workspaces kept where asked, and the method that is not for language models refused.
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readTrained } from '@colora/client/trained';
import { colora } from './support/processes.ts';

const baseModel = fileURLToPath(new URL('../packages/models/fixtures/stories260k', import.meta.url));
let root: string;
let data: string;
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'colora-compare-'));
  data = join(root, 'data');
  await writePeople(data, ['cat', 'dog', 'frog', 'bird'], ['fox', 'bear', 'duck']);
});

/** One person in each of two groups, to whom animals go home or away. */
async function writePeople(folder: string, learnt: string[], heldOut: string[]): Promise<void> {
  for (const [group, ending] of [
    ['home', ' went home.'],
    ['away', ' went away.'],
  ] as const) {
    const lines = (animals: string[]) =>
      animals
        .map((animal) => `${JSON.stringify({ prompt: `The ${animal}`, completion: ending })}\n`)
        .join('');
    await mkdir(join(folder, group), { recursive: true });
    await writeFile(join(folder, group, 'ann.jsonl'), lines(learnt));
    await writeFile(join(folder, group, 'test.jsonl'), lines(heldOut));
  }
}

test('base, global and core by exact match and loss, with the workspaces kept', async () => {
  const [json, keep] = [join(root, 'figures.json'), join(root, 'kept')];
  const flags = ['--methods', 'base,global,core', '--rounds', '3', '--first-seed', '4', '--max-tokens', '16'];
  const { status, stdout, stderr } = await colora([
    ...['compare', data, '--base-model', baseModel, '--json', json, '--keep', keep],
    ...flags,
  ]);
  assert.equal(status, 0, stderr);
  assert.match(stdout, /held-out exact match, % +base +global +core/);
  assert.match(stdout, /held-out loss, nats a token +base +global +core/);
  const { methods, losses, users, seeds } = JSON.parse(await readFile(json, 'utf8'));
  assert.deepEqual(Object.keys(methods), ['base', 'global', 'core']);
  assert.deepEqual(seeds, [4]);
  assert.deepEqual(
    users.map((user: { user: string; seed: number }) => [user.user, user.seed]),
    [
      ['away.ann', 4],
      ['home.ann', 4],
    ],
  );
  assert.ok(losses.methods.core.mean < losses.methods.base.mean / 2, JSON.stringify(losses.methods));
  assert.deepEqual((await readdir(join(keep, 'people'))).sort(), ['away.ann', 'home.ann']);
  const trained = await readTrained(join(keep, 'people', 'home.ann'), 'seed4-core');
  assert.ok(trained.shared.size > 0 && trained.personal !== null);
});

test('guarded: both adapters of each person added up as she would write with them, judged as evaluate judges it', async () => {
  const [json, keep, own] = [join(root, 'guarded.json'), join(root, 'guarded'), join(root, 'more')];
  const animals = ['cat', 'dog', 'frog', 'bird', 'cow', 'pig', 'hen', 'fish'];
  await writePeople(own, animals, ['fox', 'bear']);
  const flags = ['--methods', 'guarded', '--rounds', '2', '--max-tokens', '16'];
  const { status, stdout, stderr } = await colora([
    ...['compare', own, '--base-model', baseModel, '--json', json, '--keep', keep],
    ...flags,
  ]);
  assert.equal(status, 0, stderr);
  assert.match(stdout, /held-out exact match, % +alone +core +guarded/);
  assert.match(stdout, /held-out loss, nats a token +alone +core +guarded/);
  assert.match(stdout, /verdicts: helped \d, no gain seen \d, too early to say \d/);
  const { users, losses } = JSON.parse(await readFile(json, 'utf8'));
  for (const [index, { user, guarded, weightOfCore, verdict }] of users.entries()) {
    assert.ok(weightOfCore >= 0 && weightOfCore <= 1);
    assert.ok(['helped', 'no-gain-seen', 'too-early'].includes(verdict));
    const held = join(own, user.split('.')[0], 'test.jsonl');
    const asked = await colora([
      ...['evaluate', '--group', 'seed0-core', '--workspace', join(keep, 'people', user)],
      ...['--base-model', baseModel, '--data', held, '--json'],
    ]);
    assert.equal(asked.status, 0, asked.stderr);
    const [{ model, loss, exactMatch }] = JSON.parse(asked.stdout).evaluations;
    assert.equal(model, 'mixed');
    assert.ok(Math.abs(loss - losses.users[index].guarded) < 1e-6);
    assert.equal(exactMatch, guarded);
  }
});

test('what does not fit is refused before anything is trained', async () => {
  const refused: [string[], RegExp][] = [
    [['--methods', 'frozen,core'], /frozen is not for a language model; there are base, alone/],
    [['--keep', data], /--keep: .*data is not empty/],
  ];
  for (const [flags, words] of refused) {
    const { status, stderr } = await colora(['compare', data, '--base-model', baseModel, ...flags]);
    assert.equal(status, 2, stderr);
    assert.match(stderr, words);
  }
});
