// kill -9 where a member tells its figures and keeps what it hears of the group's: before they are told, before it hears, while it
// writes. The restarted daemon ends with the very bytes of a run that was never killed, and has told once.
import assert from 'node:assert/strict';
import { watch } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { groupPaths } from '@colora/client/workspace/group-workspace';
import { createApiClient } from '@colora/protocol/api-client';
import { type Gate, openGate, type Passage } from '../support/gate.ts';
import { reviews, writeReviews } from '../support/people.ts';
import { killHard, type Running, startColora } from '../support/processes.ts';
import { makeGroup, useSystem } from '../support/system.ts';

let key = '';
let data = '';
const undisturbed = 'undisturbed';
const system = useSystem(async () => {
  data = await writeReviews(system.folder, 'mine', reviews(1, 8));
  key = (await system.admin.call('createKey', { body: { role: 'participant', name: 'anna' } })).key;
  await prepare(undisturbed);
  const gate = await openDoor(undisturbed, () => undefined);
  await endWell(gate, undisturbed);
});

const foundIn = (group: string) => groupPaths(join(system.folder, group), group).guard;
const isTold = (line: string) => line.startsWith('PUT') && line.endsWith('/figures');

async function prepare(group: string): Promise<void> {
  // anna comes with a new workspace each time, whose key to sign with is another one
  await system.admin.call('resetSigningKey', { params: { participant: 'anna' } });
  await makeGroup(system, group, { rounds: { count: 1, participants: 1 } });
}

/** A door at which four others have always told before the member under test does: there is something to hear. */
async function openDoor(group: string, atDoor: (passage: Passage) => Promise<void> | void): Promise<Gate> {
  let others: Promise<unknown> | undefined;
  return await openGate(system.url, async (passage) => {
    if (isTold(passage.line) && passage.way === 'in') {
      others ??= Promise.all([0, 1, 2, 3].map((other) => tellAs(group, other)));
      await others;
    }
    await atDoor(passage);
  });
}

async function tellAs(group: string, other: number): Promise<void> {
  let own: string | null = null;
  const api = createApiClient(system.url, () => own);
  const params = { group };
  own = (await api.call('joinGroup', { params, body: { name: `${group}-${other}` } })).key;
  const figures = { version: 1, shareOfCore: 20 + other, gain: -10 * other, standardError: 5 + other };
  await api.call('putFigures', { params, body: figures });
}

function daemon(url: string, group: string): Running {
  const files = ['--data', data, '--workspace', join(system.folder, group), '--base-model', system.baseModel];
  return startColora(
    ['join', url, '--group', group, '--key', key, '--poll-only', '--threads', '1', '--seed', '1', ...files],
    { env: { COLORA_NO_GUARD: undefined } },
  );
}

async function endWell(gate: Gate, group: string): Promise<void> {
  const { status, stderr } = await daemon(gate.url, group).ended;
  await gate.close();
  assert.equal(status, 0, stderr);
  const found = JSON.parse(await readFile(foundIn(group), 'utf8')) as {
    found: { groupFigures: { reporters: number; shareOfCore: number } };
  };
  const { groupFigures } = found.found;
  assert.deepEqual([groupFigures.reporters, groupFigures.shareOfCore], [4, 0.215]);
  assert.equal((await system.admin.call('countVerdicts', { params: { group } })).told, 5);
}

/** But for the group's own date of birth. */
async function checkSameAsUndisturbed(group: string): Promise<void> {
  const read = async (name: string) =>
    (await readFile(foundIn(name), 'utf8')).replace(/"groupCreatedAt": "[^"]*"/, '"groupCreatedAt": ""');
  assert.equal(await read(group), await read(undisturbed));
}

test('killed before its figures are told, before it hears of the others, and while writing what it heard', async () => {
  const group = 'killed';
  await prepare(group);
  let ways: Passage['way'][] = ['in', 'out'];
  let running: Running | undefined;
  let hasHeard = false;
  const gate = await openDoor(group, async ({ line, way }) => {
    if (!isTold(line)) return;
    hasHeard ||= ways.length === 0 && way === 'out';
    if (way !== ways[0]) return;
    ways = ways.slice(1);
    await killHard(running!); // the request, or its answer, stands at the door while its sender dies
  });
  for (const way of ways) {
    running = daemon(gate.url, group);
    const { status, stderr } = await running.ended;
    assert.equal(status, null, `it ended, and was not killed at the door (${way}): ${stderr}`);
  }
  const writing = daemon(gate.url, group);
  running = writing;
  const watching = new AbortController();
  watch(groupPaths(join(system.folder, group), group).folder, { signal: watching.signal }, (_, name) => {
    if (hasHeard && /guard.*writing/.test(name ?? '')) writing.child.kill('SIGKILL');
  });
  assert.equal((await writing.ended).status, null, 'it was killed, and did not end by itself');
  watching.abort();
  await endWell(gate, group);
  await checkSameAsUndisturbed(group);
});
