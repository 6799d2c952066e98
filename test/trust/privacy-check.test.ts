// What can be read out of one's next update, measured on what real daemons left in their workspaces: examples, label counts and secrets
// out of a plain update; nothing out of one that drowns in noise; little out of a sum. The workspace stays as it is, byte by byte, and
// no coordinator is there to be asked.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createTaskGroup } from '@colora/cli/create-group';
import { runClient } from '@colora/client/daemon';
import { checkPrivacy, type PrivacyReport } from '@colora/client/privacy-check/check-privacy';
import { type OwnStart, readOwnStart } from '@colora/client/privacy-check/own-start';
import type { TaskSettings } from '@colora/protocol/task-settings';
import { reviews } from '@colora/training/testing/testing-models';
import { useMembers } from '../support/members.ts';
import { writeReviews } from '../support/people.ts';
import { startColora } from '../support/processes.ts';
import { openRecorder } from '../support/recorder.ts';
import { makeGroup, useSystem } from '../support/system.ts';

const stories = fileURLToPath(new URL('../../packages/models/fixtures/stories260k', import.meta.url));
const system = useSystem();
const members = useMembers(system);

async function bytesOf(folder: string): Promise<string> {
  const hash = createHash('sha256');
  const names = await readdir(folder, { recursive: true, withFileTypes: true });
  for (const entry of names.sort((a, b) =>
    join(a.parentPath, a.name) < join(b.parentPath, b.name) ? -1 : 1,
  )) {
    hash.update(`${join(entry.parentPath, entry.name)}\n`);
    if (entry.isFile()) hash.update(await readFile(join(entry.parentPath, entry.name)));
  }
  return hash.digest('hex');
}

const withPrivacy = (start: OwnStart, privacy: TaskSettings['privacy']): OwnStart => ({
  ...start,
  group: { ...start.group, settings: { ...start.group.settings, privacy } },
});
const rowOf = ({ rows }: PrivacyReport, as: string) => rows.find((row) => row.as === as)!;
/** Noise of several times the update's own length. */
const drowned = { clipNorm: 1, noiseMultiplier: 1 };

test('examples and label counts are read out of a plain update, not out of noise, and less out of a sum', async () => {
  const group = 'labelled';
  await makeGroup(system, group, {
    adapter: { targets: ['layers.1.mlp.fc1', 'layers.1.mlp.fc2', 'pooler'] },
    training: { personalSteps: 2, sharedSteps: 4, batchSize: 8 },
    rounds: { count: 2, participants: 1, quorum: 1 },
  });
  const all = await reviews(0, 16);
  const examples = [
    ...all.filter(({ label }) => label === 'good').slice(0, 3),
    ...all.filter(({ label }) => label === 'bad'),
  ];
  const heldOut = await reviews(100, 260);
  const workspace = join(system.folder, `${group}-ana`);
  const recorder = await openRecorder(system.url);
  const stop = new AbortController();
  const onProgress = ({ kind }: { kind: string }) => kind === 'contributed' && stop.abort();
  const { url } = recorder;
  await runClient(
    members.options(group, 'ana', { url, workspace, examples, onProgress, signal: stop.signal }),
  );
  await recorder.close(); // from here on nobody can be asked

  const before = await bytesOf(workspace);
  const start = await readOwnStart(workspace, group);
  assert.equal(start.round, 2);
  const given = {
    ...{ baseModel: system.baseModel, trainer: members.trainer, examples, heldOut, others: [] },
    ...{ canaries: [], members: 4, most: 64, seed: 1 },
  };
  const report = await checkPrivacy({
    ...given,
    start: withPrivacy(start, { ...start.group.settings.privacy, ...drowned }),
  });
  const plain = rowOf(report, 'plain');
  assert.ok(plain.examples.auc > 0.8, `${plain.examples.auc}`);
  assert.ok(plain.labels!.error < plain.labels!.errorOfChance / 2, JSON.stringify(plain.labels));
  for (const as of ['as-set', 'sum-as-set']) {
    const { auc, standardError } = rowOf(report, as).examples;
    assert.ok(Math.abs(auc - 0.5) < 3 * standardError, `${as}: ${auc}`);
  }
  assert.ok(rowOf(report, 'sum').examples.auc < plain.examples.auc - 0.1);

  const [mine, others] = [
    await writeReviews(system.folder, 'mine', examples),
    await writeReviews(system.folder, 'others', heldOut),
  ];
  const { status, stdout } = await startColora([
    ...['privacy', 'check', '--group', group, '--data', mine, '--held-out', others, '--members', '2'],
    ...['--workspace', workspace, '--base-model', system.baseModel, '--seed', '1', '--json'],
  ]).ended;
  assert.equal(status, 21);
  assert.deepEqual([JSON.parse(stdout).sees, JSON.parse(stdout).toldApart], ['plain', true]);
  assert.equal(await bytesOf(workspace), before);
});

test('secrets of a language model are read out of a plain update, and not out of noise', async () => {
  const group = 'tales';
  await createTaskGroup(system.admin, {
    ...{ name: group, access: 'open', baseModel: stories },
    settings: {
      task: { kind: 'causal-lm', maxTokens: 32 },
      adapter: { rank: 8, targets: ['q_proj', 'v_proj', 'o_proj', 'up_proj', 'down_proj'] },
      training: { personalSteps: 1, sharedSteps: 48, sharedRate: 2e-2, batchSize: 4 },
      rounds: { count: 2, participants: 1, quorum: 1 },
      privacy: { minMembers: 1 },
    },
  });
  await system.admin.call('startGroup', { params: { group } });
  const text = ({ text }: { text: string }) => ({ text });
  const [examples, heldOut] = [(await reviews(0, 8)).map(text), (await reviews(100, 140)).map(text)];
  const stop = new AbortController();
  const workspace = join(system.folder, `${group}-ana`);
  const onProgress = ({ kind }: { kind: string }) => kind === 'contributed' && stop.abort();
  await runClient(
    members.options(group, 'ana', {
      baseModel: stories,
      workspace,
      examples,
      onProgress,
      signal: stop.signal,
    }),
  );
  const start = await readOwnStart(workspace, group);
  const given = {
    ...{ baseModel: stories, trainer: members.trainer, examples, heldOut, others: [] },
    ...{ members: 2, most: 64, seed: 1 },
  };
  const noised = withPrivacy(start, { ...start.group.settings.privacy, ...drowned });
  const report = await checkPrivacy({ ...given, start: noised, canaries: [] });
  const [plain, asSet] = [rowOf(report, 'plain'), rowOf(report, 'as-set')];
  assert.ok(plain.examples.auc > 0.7, `${plain.examples.auc}`);
  assert.ok(plain.canaries!.auc > 0.8, JSON.stringify(plain.canaries));
  assert.ok(Math.abs(asSet.canaries!.auc - 0.5) < 3 * asSet.canaries!.standardError, JSON.stringify(asSet));
  const strange = checkPrivacy({ ...given, start, canaries: ['stands nowhere 1'] });
  await assert.rejects(strange, /canary 1 stands in none of the examples/);
});

test('a workspace that has learnt nothing yet is told what to do', async () => {
  await assert.rejects(readOwnStart(join(system.folder, 'nobody'), 'nothing'), /join it/);
});
