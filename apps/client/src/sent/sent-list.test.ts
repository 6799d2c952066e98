// The list of what left: every line whole though its writer is killed, a line that was cut short noticed, days that are past counted
// up without a loss of sums, bodies kept within their room and without keys, and nothing sent where it can't be listed.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { appendFile, chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { FileProblem } from '@colora/protocol/failures/file-problem';
import { logTo } from '../client-log.ts';
import { openConnections } from '../proxy/connections.ts';
import type { Leaving } from '../proxy/sent-list.ts';
import { findFile, findText, reportSent } from '../sent-report.ts';
import { openSentList } from './open-sent-list.ts';
import { bodiesFolder, dayFile, foldOldDays, readSent, sentFolder } from './sent-folder.ts';

let folder: string;
let count = 0;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'colora-sent-'));
});
after(() => rm(folder, { recursive: true, force: true }));
function newWorkspace(): string {
  count += 1;
  return join(folder, `workspace-${count}`);
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const leaving = (extra: Partial<Leaving> = {}): Leaving => ({
  kind: 'question',
  to: 'http://127.0.0.1:7070',
  what: 'GET /v1/groups/x/assignment',
  body: null,
  ...extra,
});
const body = (text: string) => leaving({ kind: 'figures', what: 'PUT /figures', body: Buffer.from(text) });

test('what leaves stands in the list with its bytes and sha256, and less of it where less left', async () => {
  const workspace = newWorkspace();
  const list = openSentList(workspace);
  list.note(leaving());
  list.note(body('twelve bytes'));
  const less = list.note(body('as it was to be'));
  less({ bytes: 3, sha256: sha256(Buffer.from('as ')) });
  const { entries, totals, torn } = await reportSent(workspace);
  assert.deepEqual(
    entries.map(({ kind, bytes, sha256 }) => [kind, bytes, sha256]),
    [
      ['question', 0, null],
      ['figures', 12, sha256(Buffer.from('twelve bytes'))],
      ['figures', 3, sha256(Buffer.from('as '))],
    ],
  );
  assert.deepEqual(
    totals.map(({ kind, times, bytes }) => [kind, times, bytes]),
    [
      ['question', 1, 0],
      ['figures', 2, 15],
    ],
  );
  assert.equal(torn, 0);
  const { mode } = await stat(dayFile(workspace, entries[0]!.at.slice(0, 10)));
  if (process.platform !== 'win32') assert.equal(mode & 0o777, 0o600);
});

test('a writer that is killed at any instant leaves whole lines, and what it had told', async () => {
  const workspace = newWorkspace();
  const script = join(folder, 'writes.mts');
  const entry = fileURLToPath(new URL('./open-sent-list.ts', import.meta.url));
  await writeFile(
    script,
    `const { openSentList } = await import(${JSON.stringify(entry)});
const list = openSentList(${JSON.stringify(workspace)});
for (let i = 1; ; i += 1) {
  list.note({ kind: 'question', to: 'http://127.0.0.1:1', what: 'GET /' + i, body: null });
  process.stdout.write(i + '\\n');
}`,
  );
  const tsx = import.meta.resolve('tsx');
  let sum = 0;
  for (let life = 0; life < 2; life += 1) {
    const child = spawn(process.execPath, ['--import', tsx, script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let told = '';
    await new Promise<void>((done) => {
      child.stdout.on('data', (chunk) => {
        told += chunk;
        if (told.split('\n').length > 200) child.kill('SIGKILL');
      });
      child.on('close', () => done());
    });
    sum += Number(told.split('\n').at(-2));
    const { entries, torn } = await readSent(workspace);
    assert.equal(torn, 0);
    assert.ok(entries.length >= sum);
  }
});

test('a line that was cut short is said, and costs no other', async () => {
  const workspace = newWorkspace();
  const list = openSentList(workspace);
  list.note(body('before'));
  const [name] = (await readdir(sentFolder(workspace))).filter((file) => file.endsWith('.jsonl'));
  const path = join(sentFolder(workspace), name!);
  await appendFile(path, (await readFile(path, 'utf8')).trim().slice(0, 40));
  list.note(body('after'));
  const { entries, torn } = await reportSent(workspace);
  assert.deepEqual(
    entries.map(({ bytes }) => bytes),
    [6, 5],
  );
  assert.equal(torn, 1);
});

test('days that are past are counted up, once, and their sums stay', async () => {
  const workspace = newWorkspace();
  let now = new Date('2026-01-05T10:00:00Z');
  const list = openSentList(workspace, { clock: () => now });
  for (let i = 0; i < 500; i += 1) list.note(leaving());
  list.note(body('some figures'));
  const before = await stat(dayFile(workspace, '2026-01-05'));
  now = new Date('2026-01-09T10:00:00Z');
  list.note(leaving());
  await foldOldDays(workspace, now); // whoever comes first does it
  await foldOldDays(workspace, now);
  let report = await reportSent(workspace);
  const sums = () => report.totals.map(({ kind, times, bytes, first }) => [kind, times, bytes, first]);
  const expected = [
    ['question', 501, 0, '2026-01-05T10:00:00.000Z'],
    ['figures', 1, 12, '2026-01-05T10:00:00.000Z'],
  ];
  assert.deepEqual(sums(), expected);
  assert.equal(report.entries.length, 2, 'figures and the question of today');
  assert.ok((await stat(dayFile(workspace, '2026-01-05'))).size < before.size / 50);
  await foldOldDays(workspace, new Date('2027-01-01T00:00:00Z'));
  report = await reportSent(workspace);
  assert.deepEqual(sums(), expected);
  assert.equal(report.entries.length, 0);
});

test('bodies are kept for their owner alone, without keys, in the room there is', async () => {
  const workspace = newWorkspace();
  const lines: string[] = [];
  const log = logTo(({ message }) => void lines.push(message));
  const list = openSentList(workspace, { keepBodies: 2000, log });
  const join_ = { name: 'ana', key: 'colora_p_secret', invitation: 'colora_i_secret', labels: ['a label'] };
  list.note(leaving({ kind: 'join', body: Buffer.from(JSON.stringify(join_)) }));
  list.note(leaving({ kind: 'socket', body: Buffer.from('40{"key":"colora_p_secret"}') }));
  assert.equal((await findText(workspace, 'a label')).found.length, 1);
  assert.equal((await findText(workspace, 'colora_p_secret')).found.length, 0);
  for (const name of await readdir(sentFolder(workspace), { recursive: true })) {
    const path = join(sentFolder(workspace), name);
    const facts = await stat(path);
    if (process.platform !== 'win32') assert.equal(facts.mode & 0o077, 0, name);
    if (facts.isFile()) assert.doesNotMatch(await readFile(path, 'utf8'), /secret/);
  }
  assert.deepEqual(lines, []);
  for (let i = 0; i < 4; i += 1) list.note(leaving({ kind: 'other', body: randomBytes(900) }));
  list.note(leaving({ kind: 'other', body: randomBytes(2001) }));
  const names = await readdir(bodiesFolder(workspace));
  assert.equal(names.length, 2);
  assert.match(lines[0]!, /oldest bodies are no longer kept/);
  const { notKept, searched } = await findText(workspace, 'a label');
  assert.deepEqual([searched, notKept], [2, 5]);
  await writeFile(join(bodiesFolder(workspace), names[0]!), 'changed');
  assert.equal((await findText(workspace, 'a label')).damaged, 1);
});

test('a file that was sent is kept as it was, though it is removed meanwhile, and searched as far as it left', async () => {
  const workspace = newWorkspace();
  const path = join(folder, 'upload');
  await writeFile(path, `the first half ${'.'.repeat(100)} the second half`);
  const bytes = await readFile(path);
  const list = openSentList(workspace, { keepBodies: 10_000 });
  const less = list.note(
    leaving({ kind: 'contribution', body: { path, bytes: bytes.byteLength, sha256: sha256(bytes) } }),
  );
  await rm(path);
  assert.equal((await findText(workspace, 'the second half')).found.length, 1);
  less({ bytes: 50, sha256: sha256(bytes.subarray(0, 50)) });
  assert.equal((await findText(workspace, 'the second half')).found.length, 0);
  assert.equal((await findText(workspace, 'the first half')).found.length, 1);
});

test('what can’t be listed is not sent', {
  skip: process.getuid?.() === 0 && 'root may write anywhere',
}, async () => {
  const workspace = newWorkspace();
  await mkdir(workspace);
  await assertNothingSent(workspace, () => chmod(workspace, 0o500));
});

test('nor where a file is in the way', async () => {
  const workspace = newWorkspace();
  await assertNothingSent(workspace, () => writeFile(workspace, 'not a folder'));
});

async function assertNothingSent(workspace: string, prevent: () => Promise<void>): Promise<void> {
  let heard = 0;
  const server = createServer((_, answer) => {
    heard += 1;
    answer.end();
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  try {
    await prevent();
    const { fetch: send, upload } = openConnections({}, openSentList(workspace));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const isTold = (error: unknown) => error instanceof FileProblem && /not listed/.test(error.message);
    await assert.rejects(send(url), isTold);
    const file = { path: 'x', bytes: 1, sha256: 'a'.repeat(64) };
    await assert.rejects(upload({ url, headers: {}, body: file, timeout: 1000 }), isTold);
    assert.equal(heard, 0);
  } finally {
    server.close();
  }
}

test('a file’s lines and texts are found in bodies', async () => {
  const workspace = newWorkspace();
  const path = join(folder, 'mine.jsonl');
  await writeFile(path, '{"text":"a very private text","label":"no"}\n{"text":"another one of mine"}\n');
  const list = openSentList(workspace, { keepBodies: 10_000 });
  list.note(leaving({ kind: 'other', body: Buffer.from('nothing of it') }));
  const none = await findFile(workspace, path);
  assert.deepEqual([none.found.length, none.searched, none.tooShort], [0, 1, 1]);
  list.note(leaving({ kind: 'other', body: Buffer.from('... another one of mine ...') }));
  assert.deepEqual((await findFile(workspace, path)).found[0]!.what, ['line 2']);
});
