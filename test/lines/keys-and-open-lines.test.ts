// Where the key comes from, and that it goes over no open line unasked.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { writeAtomic } from '@colora/client/workspace/atomic-file';
import { keepIdentity } from '@colora/client/workspace/identity';

const there = 'http://coordinator.test:7070';
const launcher = fileURLToPath(new URL('../../apps/cli/bin/colora.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'colora-access-'));
const keyFile = join(folder, 'admin.key');
writeFileSync(keyFile, 'colora_a_from-file\n');
after(() => rmSync(folder, { recursive: true }));

/** Answers as a proxy and as a coordinator would; keeps the keys that it was sent. */
let server: Server;
const keys: (string | undefined)[] = [];
let here: string;
before(async () => {
  server = createServer((request, answer) => {
    keys.push(request.headers.authorization);
    answer.setHeader('content-type', 'application/json');
    const whole = request.url?.endsWith('/health')
      ? { status: 'ok', version: '1', database: 'pglite' }
      : { items: [], total: 0, next: null };
    answer.end(JSON.stringify(whole));
  });
  server.on('connect', (_, socket) => socket.end('HTTP/1.1 403 Forbidden\r\n\r\n')); // asked to pass requests on instead
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  here = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
after(() => void server.close());

function run(
  args: readonly string[],
  { env = {}, input = '' }: { env?: Record<string, string>; input?: string } = {},
) {
  const { PATH, HOME } = process.env;
  keys.length = 0;
  return new Promise<{ status: number; stderr: string; sent: (string | undefined)[] }>((resolve) => {
    const child = execFile(
      process.execPath,
      [launcher, ...args],
      { env: { PATH, HOME, ...env } },
      (error, _, stderr) => resolve({ status: Number(error?.code ?? 0), stderr, sent: [...keys] }),
    );
    child.stdin?.end(input);
  });
}

test('the key comes from a flag, a file, the standard input or the environment', async () => {
  const list = ['groups', 'list', '--url', here];
  for (const [args, options, sent] of [
    [['--key-file', keyFile], {}, 'colora_a_from-file'],
    [['--key-file', '-'], { input: 'colora_a_typed\r\n' }, 'colora_a_typed'],
    [[], { env: { COLORA_KEY_FILE: keyFile } }, 'colora_a_from-file'],
    [['--key-file', keyFile], { env: { COLORA_KEY: 'colora_a_variable' } }, 'colora_a_from-file'],
    [[], { env: { COLORA_KEY: 'colora_a_variable', COLORA_KEY_FILE: keyFile } }, 'colora_a_variable'],
  ] as const)
    assert.deepEqual((await run([...list, ...args], options)).sent, [`Bearer ${sent}`]);

  writeFileSync(join(folder, 'empty'), '\n');
  const empty = await run([...list, '--key-file', join(folder, 'empty')]);
  assert.deepEqual([empty.status, empty.sent], [2, []]);
  assert.match(empty.stderr, /--key-file: .* holds no API key/);
  assert.equal((await run([...list, '--key-file', join(folder, 'none')])).status, 14);
  assert.equal((await run([...list, '--key-file', keyFile, '--key', 'colora_a_x'])).status, 2);
});

test('over http:// to another machine no key goes unasked, and who goes there is warned once', async () => {
  const env = { http_proxy: here, no_proxy: 'elsewhere.test' };
  const withKey = { env: { ...env, COLORA_KEY: 'colora_a_variable' } };
  const refused = await run(['status', there], withKey);
  assert.deepEqual([refused.status, refused.sent], [2, []]);
  assert.match(refused.stderr, /without encryption.*--insecure/s);
  const joining = ['join', there, '--group', 'reviews', '--data', keyFile, '--workspace', join(folder, 'w')];
  const joined = await run(joining, { env });
  assert.deepEqual([joined.status, joined.sent], [2, []]);
  assert.match(joined.stderr, /--insecure/);

  for (const [args, options, sent] of [
    [['status', there], { env }, undefined],
    [['groups', 'list', '--url', there, '--insecure'], withKey, 'Bearer colora_a_variable'],
    [
      ['groups', 'list', '--url', there],
      { env: { ...withKey.env, COLORA_INSECURE: '1' } },
      'Bearer colora_a_variable',
    ],
  ] as const) {
    const went = await run(args, options);
    assert.deepEqual([went.status, went.sent], [0, [sent]], went.stderr);
    assert.equal(went.stderr.match(/asked without encryption/g)?.length, 1, went.stderr);
  }
  const own = await run(['groups', 'list', '--url', here], { env: { COLORA_KEY: 'colora_a_variable' } });
  assert.deepEqual([own.status, own.stderr], [0, '']);
});

test('nor does a workspace’s own key, asked for something by a command or telling how its daemon ended', async () => {
  const workspace = join(folder, 'joined');
  await keepIdentity(workspace, { url: there, participant: 'ann', key: 'colora_p_of-the-workspace' });
  const env = { http_proxy: here, no_proxy: 'elsewhere.test' };
  const leave = ['leave', '--group', 'reviews', '--workspace', workspace];
  const refused = await run(leave, { env });
  assert.deepEqual([refused.status, refused.sent], [2, []]);
  assert.match(refused.stderr, /without encryption.*--insecure/s);
  assert.deepEqual((await run([...leave, '--insecure'], { env })).sent, ['Bearer colora_p_of-the-workspace']);

  await writeAtomic(join(workspace, 'reviews', 'group.json'), '{"name":"another"}'); // ends it before it asks anybody
  const joining = ['join', there, '--group', 'reviews', '--data', keyFile, '--workspace', workspace];
  const ended = await run(joining, { env });
  assert.deepEqual([ended.status === 0, ended.sent], [false, []]);
  assert.match(ended.stderr, /another/);
  assert.deepEqual((await run([...joining, '--insecure'], { env })).sent, [
    'Bearer colora_p_of-the-workspace',
  ]);
});
