// The list of what left, held to what a proxy between a real daemon and a real coordinator saw: every request and every message, each
// with its bytes; and what its owner finds in it of her own: nothing of her texts, her personal tensors or her keys.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { runClient } from '@colora/client/daemon';
import { findFile, findText, reportSent } from '@colora/client/sent-report';
import { useMembers } from '../support/members.ts';
import { reviews, writeReviews } from '../support/people.ts';
import { openRecorder } from '../support/recorder.ts';
import { makeGroup, useSystem } from '../support/system.ts';

const system = useSystem();
const members = useMembers(system);

const sorted = (rows: readonly (readonly [string, number, string | null])[]) =>
  rows.map((row) => row.join(' ')).sort();
const emptySha256 = createHash('sha256').digest('hex');

for (const socket of [true, false])
  test(`all that leaves stands in the list, ${socket ? 'with a socket' : 'polling'}`, async () => {
    const group = socket ? 'with-socket' : 'polling';
    await makeGroup(system, group, { rounds: { count: 2, participants: 1, quorum: 1 } });
    const recorder = await openRecorder(system.url);
    const workspace = join(system.folder, `${group}-ana`);
    const examples = reviews(3, 8);
    try {
      const { url } = recorder;
      const outcome = await runClient(
        members.options(group, 'ana', { url, workspace, examples, socket, keepBodies: 10_000_000 }),
      );
      assert.equal(outcome.rounds, 2);
    } finally {
      await recorder.close();
    }
    const { entries, totals, torn } = await reportSent(workspace);
    assert.equal(torn, 0);
    const path = (what: string) => what.replace(/\?.*/, '');
    const seen = recorder.requests.map(({ method, path: asked, bytes, sha256 }) => {
      const what = asked.includes('/socket.io') ? path(asked) : asked;
      return [`${method} ${what}`, bytes, sha256] as const;
    });
    const isMessage = ({ kind, bytes, what }: (typeof entries)[number]) =>
      kind === 'socket' && bytes > 0 && what.startsWith('GET ');
    const listed = entries.filter((entry) => !isMessage(entry));
    assert.deepEqual(
      sorted(listed.map(({ what, bytes, sha256 }) => [what, bytes, sha256 ?? emptySha256])),
      sorted(seen),
    );
    const bytesOf = (rows: readonly { bytes: number }[]) => rows.reduce((sum, { bytes }) => sum + bytes, 0);
    const messages = entries.filter(isMessage);
    assert.ok(messages.length >= recorder.messages.length); // the last may be on its way when the proxy closes
    const told = new Set(messages.map(({ sha256 }) => sha256));
    for (const message of recorder.messages)
      assert.ok(told.has(createHash('sha256').update(message).digest('hex')));
    assert.equal(recorder.messages.length > 0, socket);
    assert.equal(bytesOf(totals), bytesOf(entries));
    const kinds = new Map(totals.map(({ kind, times }) => [kind, times]));
    assert.equal(kinds.get('contribution'), 2);
    assert.equal(kinds.get('join'), 2, 'asked for first, then joined');
    assert.deepEqual([...new Set(totals.map(({ to }) => to))], [recorder.url]);

    const mine = await writeReviews(system.folder, group, examples);
    const found = await findFile(workspace, mine);
    assert.deepEqual([found.found, found.notKept - messages.length, found.damaged], [[], 0, 0]);
    assert.ok(found.searched >= 4);
    const personal = join(workspace, group, 'personal.safetensors');
    assert.deepEqual((await findFile(workspace, personal)).found, []);
    assert.ok((await findText(workspace, '"format"')).searched > 0);
    assert.ok((await findText(workspace, 'head/good')).found.length > 0, 'what does leave is found');
    const { key, signingKey } = JSON.parse(await readFile(join(workspace, 'key.json'), 'utf8'));
    for (const name of await readdir(join(workspace, '.sent'), { recursive: true })) {
      const bytes = await readFile(join(workspace, '.sent', name)).catch(() => Buffer.alloc(0)); // a folder
      for (const secret of [key, signingKey]) assert.equal(bytes.includes(secret), false, name);
    }
  });
