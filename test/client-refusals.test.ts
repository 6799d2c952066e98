// What a daemon cannot get past, and how it says so: each with the real coordinator, none with a stack.
import assert from 'node:assert/strict';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import type { LogLine } from '@colora/client/client-log';
import { runClient } from '@colora/client/daemon';
import type { ClientOptions } from '@colora/client/session/client-options';
import { freePort } from './support/free-port.ts';
import { type Gate, openGate } from './support/gate.ts';
import { useMembers } from './support/members.ts';
import { reviews, writeReviews } from './support/people.ts';
import { makeGroup, useSystem } from './support/system.ts';

const system = useSystem(async () => {
  await makeGroup(system, 'reviews', { rounds: { count: 1, participants: 1 } });
});
const members = useMembers(system);

let workspaces = 0;
function options(extra: Partial<ClientOptions> = {}): ClientOptions {
  workspaces += 1;
  return members.options('reviews', `${workspaces}`, {
    examples: reviews(1, 8),
    socket: false,
    backoff: { baseSeconds: 0.02, capSeconds: 0.1 },
    ...extra,
  });
}

test('another base model than the group’s: nothing is trained, nothing is kept', async () => {
  const folder = join(system.folder, 'other-model');
  await mkdir(folder);
  for (const name of ['model.safetensors', 'tokenizer.json']) {
    await symlink(join(system.baseModel, name), join(folder, name));
  }
  const config = JSON.parse(await readFile(join(system.baseModel, 'config.json'), 'utf8'));
  await writeFile(join(folder, 'config.json'), JSON.stringify({ ...config, source: 'changed' }));
  const opened = options({ baseModel: folder });
  await assert.rejects(runClient(opened), { code: 'fingerprint-mismatch', message: /very same model files/ });
  await assert.rejects(readFile(join(opened.workspace, 'reviews', 'personal.safetensors')), {
    code: 'ENOENT',
  });
});

test('the group’s weights with another chat template or tokenizer: named, and nothing is trained', async () => {
  const folder = join(system.folder, 'other-template');
  await mkdir(folder);
  for (const name of ['config.json', 'model.safetensors', 'tokenizer.json']) {
    await symlink(join(system.baseModel, name), join(folder, name));
  }
  await writeFile(join(folder, 'chat_template.jinja'), '{{ messages }}');
  await assert.rejects(runClient(options({ baseModel: folder })), {
    code: 'fingerprint-mismatch',
    message:
      /: the tokenizer or the chat template \(tokenizer\.json, .* differ; use the very same model files/,
  });
});

test('a key that is unknown, of the wrong role, or revoked while the daemon waits', async () => {
  await assert.rejects(runClient(options({ key: 'colora_p_nobody' })), { code: 'unauthorized' });
  const { key } = await system.admin.call('createKey', { body: { role: 'operator', name: 'watcher' } });
  await assert.rejects(runClient(options({ key })), { code: 'forbidden', message: /participant/ });

  await makeGroup(system, 'waiting', {}, false);
  const made = await system.admin.call('createKey', { body: { role: 'participant', name: 'leaver' } });
  const waiting = options({ group: 'waiting', key: made.key });
  const revoke = () => void system.admin.call('revokeKey', { params: { id: made.id } });
  await assert.rejects(
    runClient({ ...waiting, onProgress: (event) => event.kind === 'waiting' && revoke() }),
    { code: 'unauthorized' },
  );
});

test('an unknown group; and a taken name is told to nobody', async () => {
  await assert.rejects(runClient(options({ group: 'nowhere' })), {
    code: 'unknown-group',
    message: /nowhere/,
  });
  await system.admin.call('createKey', { body: { role: 'participant', name: 'taken' } });
  const { participant } = await runClient(
    options({ name: 'taken', until: 'completed', workspace: join(system.folder, 'second') }),
  );
  assert.equal(participant, 'taken');
});

test('data that cannot be used is refused with file and line, and its text is not repeated', async () => {
  await assert.rejects(runClient(options({ examples: undefined, dataPath: '/nowhere/mine.jsonl' })), {
    code: 'bad-file',
    message: /\/nowhere\/mine\.jsonl/,
  });
  const bad = await writeReviews(system.folder, 'bad', [
    ...reviews(1, 2),
    { text: 'secret words', label: 'ugly' },
  ]);
  await assert.rejects(runClient(options({ examples: undefined, dataPath: bad })), (error: Error) => {
    assert.equal(error.name, 'DataError');
    assert.match(error.message, /bad\.jsonl:3: .*ugly.*good/);
    assert.equal(error.message.includes('secret'), false);
    return true;
  });
  const held = options({ heldOutPath: await writeReviews(system.folder, 'empty', []) });
  await assert.rejects(runClient(held), { name: 'DataError', message: /empty\.jsonl.*no examples/ });
  const few = await writeReviews(system.folder, 'few', reviews(1, 1));
  await assert.rejects(runClient(options({ examples: undefined, dataPath: few, holdOut: 0.5 })), {
    name: 'DataError',
    message: /no examples are left/,
  });
});

test('one workspace and group, one daemon; a workspace belongs to its coordinator', async () => {
  await makeGroup(system, 'locked', {}, false);
  const stop = new AbortController();
  const first = options({ group: 'locked', signal: stop.signal });
  let second: Promise<unknown> = Promise.resolve();
  const outcome = await runClient({
    ...first,
    onProgress(event) {
      if (event.kind !== 'waiting' || stop.signal.aborted) return;
      second = assert.rejects(runClient({ ...first, signal: new AbortController().signal }), {
        code: 'workspace-locked',
        message: /another daemon/,
      });
      void second.finally(() => stop.abort());
    },
  });
  await second;
  assert.equal(outcome.state, 'stopped');
  await assert.rejects(
    runClient({ ...first, url: 'http://127.0.0.1:9', signal: new AbortController().signal }),
    {
      code: 'workspace-mismatch',
    },
  );
});

test('somebody who is no coordinator is not asked again and again', async () => {
  const server = createServer((_, response) => response.writeHead(200).end('<html>welcome</html>'));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await assert.rejects(runClient(options({ url })), { name: 'NetworkProblem', message: /does not know/ });
  server.close();
  server.closeAllConnections();
});

test('a refused connection is tried again with a line in the log, until somebody listens', async () => {
  await makeGroup(system, 'behind-the-gate', { rounds: { count: 1, participants: 1 } });
  const port = await freePort();
  const lines: LogLine[] = [];
  let gate: Promise<Gate> | undefined;
  const opened = options({
    url: `http://127.0.0.1:${port}`,
    group: 'behind-the-gate',
    log: (line) => {
      lines.push(line);
      if (lines.length === 3) gate = openGate(system.url, () => undefined, port);
    },
  });
  const outcome = await runClient(opened);
  await (await gate)?.close();
  assert.equal(outcome.state, 'completed');
  assert.match(lines[0]!.message, /connection refused.*trying again in/);
});
