// Groups as files, by the command: made, exported, applied again, changed while a round is live, and by two admins at once.
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { createApiClient } from '@colora/protocol/api-client';
import { groupSchema, type TaskGroup } from '@colora/protocol/entities';
import { colora as run } from './support/processes.ts';
import { adminKey, useSystem } from './support/system.ts';

let env: Record<string, string>;
const system = useSystem(async () => {
  env = { COLORA_URL: system.url, COLORA_KEY: adminKey };
});

async function colora(...args: string[]): Promise<string> {
  const { status, stdout, stderr } = await run(args, { env });
  assert.equal(status, 0, `${args.join(' ')}: ${stderr}`);
  return stdout;
}

async function refused(...args: string[]): Promise<string> {
  const { status, stdout, stderr } = await run(args, { env });
  assert.notEqual(status, 0, args.join(' '));
  assert.equal(stdout, '');
  return stderr;
}

const written = `name: reviews
access: open
preset: robust
task:
  labels: [good, bad]
  maxTokens: 8
  clusters: off
adapter:
  rank: 2
  targets: [pooler]
rounds:
  participants: 1
  count: 4
`;
const settingsOf = async (name: string) =>
  (await system.admin.call('showGroup', { params: { group: name } })).settings;

test('a group by a file: made, exported, made again elsewhere, and changed', async () => {
  const path = join(system.folder, 'reviews.yaml');
  await writeFile(path, written);
  assert.match(
    await colora('groups', 'diff', path),
    /reviews isn’t there yet: colora groups apply .* makes it/,
  );
  const made: TaskGroup = groupSchema.parse(JSON.parse(await colora('groups', 'apply', path, '--json')));
  assert.deepEqual(
    [made.state, made.access, made.settings.aggregation.rule],
    ['ready', 'open', 'geometric-median'],
  );
  assert.equal(await colora('groups', 'apply', path), 'reviews: nothing to change\n');

  // the same settings come of an export, also where the group is another one
  const exported = await colora('groups', 'export', 'reviews');
  const copy = join(system.folder, 'copy.yaml');
  await writeFile(copy, exported.replace('name: reviews', 'name: copied'));
  await colora('groups', 'apply', copy);
  assert.deepEqual(await settingsOf('copied'), made.settings);
  assert.equal(await colora('groups', 'apply', copy), 'copied: nothing to change\n');

  // while a round is live
  await system.admin.call('startGroup', { params: { group: 'reviews' } });
  const joined = await createApiClient(system.url, () => null).call('joinGroup', {
    params: { group: 'reviews' },
    body: { name: 'ada' },
  });
  const ada = createApiClient(system.url, () => joined.key);
  for (let tries = 0; tries < 100; tries += 1) {
    const { round } = await ada.call('getAssignment', { params: { group: 'reviews' } });
    if (round !== null) break;
    await new Promise((done) => setTimeout(done, 100));
  }
  await writeFile(path, `${written.replace('count: 4', 'count: 6')}training:\n  batchSize: 16\n`);
  const told = 'training.batchSize: 8 -> 16: from round 2 on\nrounds.count: 4 -> 6: at once\n';
  assert.equal(await colora('groups', 'diff', path), told);
  const { stdout, stderr } = await run(['groups', 'apply', path], { env });
  assert.equal(stdout, told);
  assert.match(stderr, /asks more of members .*work of a round.*rounds: 4 before, 6 now.*--accept-changes/);
  assert.match(
    await colora('groups', 'show', 'reviews'),
    /from the next round on\s+training\.batchSize: 8 -> 16/,
  );
  assert.equal((await settingsOf('reviews')).training.batchSize, 8);

  // what never changes is told where it stands
  await writeFile(path, written.replace('rank: 2', 'rank: 3'));
  assert.match(
    await refused('groups', 'apply', path),
    /reviews\.yaml:9:9: adapter\.rank: 2 -> 3: can’t change/,
  );
});

test('an export of a model that the file’s coordinator has not: the fingerprint is held to', async () => {
  const path = join(system.folder, 'other.yaml');
  const fingerprint = 'a'.repeat(64);
  await writeFile(
    path,
    `${written.replace('reviews', 'other')}baseModel: { name: use-lite, fingerprint: ${fingerprint} }\n`,
  );
  assert.match(await refused('groups', 'apply', path), /another one than other names/);
});

test('wrong files at the command line: place, field, and what would be right', async () => {
  const path = join(system.folder, 'wrong.yaml');
  await writeFile(path, written.replace('maxTokens', 'maxToken'));
  const { status, stderr } = await run(['groups', 'apply', path], { env });
  assert.equal(status, 2);
  assert.match(stderr, /wrong\.yaml:6:3: task\.maxToken: no such field; did you mean maxTokens\?/);
  assert.doesNotMatch(stderr, /\n\s+at /);
});

test('a preset at groups create', async () => {
  const args = [
    '--labels',
    'good,bad',
    '--preset',
    'private',
    '--clip-norm',
    '2',
    '--targets',
    'pooler',
    '--json',
  ];
  const { settings } = groupSchema.parse(JSON.parse(await colora('groups', 'create', 'hidden', ...args)));
  const { clipNorm, mechanism, noiseMultiplier, secureAggregation } = settings.privacy;
  assert.deepEqual([clipNorm, mechanism, secureAggregation?.bits], [2, 'distributed', 16]);
  assert.ok(noiseMultiplier! > 1, 'the noise follows from the preset’s epsilon and delta');
  assert.match(
    await readFile(new URL('../docs/settings.md', import.meta.url), 'utf8'),
    /privacy\.epsilon. \| 8/,
  );
});
