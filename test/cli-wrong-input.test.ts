// Wrong input at the command line: the message names the flag, file or address and what is right, the
// exit status is the one that `colora --help` documents, and there is never a stack trace.
import assert from 'node:assert/strict';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { exitCodes } from '@colora/cli/exit-codes';
import { lockFolder } from '@colora/coordinator/database/data-folder/folder-lock';
import { freePort } from './support/free-port.ts';
import { reviews, writeReviews } from './support/people.ts';
import { colora, startColora } from './support/processes.ts';
import { adminKey, makeGroup, useSystem } from './support/system.ts';

let operatorKey = '';
const system = useSystem(async () => {
  operatorKey = (await system.admin.call('createKey', { body: { role: 'operator', name: 'watcher' } })).key;
  await makeGroup(system, 'reviews', {}, false);
});

type Case = [args: string[], code: keyof typeof exitCodes, says: RegExp, key?: string];

async function check([args, code, says, key]: Case): Promise<void> {
  const env = { COLORA_URL: system.url, COLORA_KEY: key ?? adminKey };
  const { status, stdout, stderr } = await colora(args, { env });
  const line = args.join(' ');
  assert.equal(status, exitCodes[code].status, `${line}: ${stderr}`);
  assert.match(stderr, says, line);
  assert.equal(stdout, '', line);
  assert.doesNotMatch(stderr, /\n\s+at /, line);
}

test('unknown commands and flags, bad values: exit 2, naming the flag and what is allowed', async () => {
  const cases: Case[] = [
    [['groupz'], 'usage', /unknown command 'groupz'.*\n.*groups/],
    [['status', '--verbos'], 'usage', /--verbos/],
    [['join', 'localhost:7070', '--group', 'g', '--data', 'x'], 'usage', /http:\/\//],
    [['join', system.url, '--data', 'x'], 'usage', /--group/],
    [['join', 'http://h/join/g#colora_i_cut-off', '--data', 'x'], 'usage', /g#colora_i_…'.*not whole/],
    [
      ['join', system.url, '--group', 'Reviews!', '--data', 'x'],
      'usage',
      /--group.*small letters and digits/s,
    ],
    [
      ['join', system.url, '--group', 'g', '--data', 'x', '--device', 'tpu'],
      'usage',
      /--device.*auto, cpu, webgpu/,
    ],
    [
      ['join', system.url, '--group', 'g', '--data', 'x', '--test', 'y', '--hold-out', '0.5'],
      'usage',
      /--hold-out/,
    ],
    [['join', system.url, '--group', 'g', '--data', 'x', '--pause-between', '9-18'], 'usage', /09:00-18:00/],
    [['join', system.url, '--group', 'g', '--data', 'x', '--max-upload', 'fast'], 'usage', /2MB\/s/],
    [['join', system.url, '--group', 'g', '--data', 'x', '--on-battery', 'off'], 'usage', /train, wait/],
    [['export', '--group', 'g', '--out', 'x', '--dtype', 'f32'], 'usage', /--dtype.*--format merged/],
    [
      ['export', '--group', 'g', '--out', 'x', '--format', 'gguf', '--shard-size', '2'],
      'usage',
      /--shard-size belong to --format merged and onnx; GGUF is one file/,
    ],
    [
      ['export', '--group', 'g', '--out', 'x', '--precision', 'q8_0'],
      'usage',
      /--precision belongs to --format gguf/,
    ],
    [['import', '/nowhere', '--group', 'reviews'], 'usage', /\/nowhere holds no adapter_config\.json/],
    [['generate', 'Hi'], 'usage', /--group, or --base-model/],
    [['generate', 'Hi', '--compare'], 'usage', /--compare.*needs --group/],
    [['generate', 'Hi', '--top-p', '2'], 'usage', /--top-p/],
    [['generate', 'Hi', '--temperature', '-1'], 'usage', /--temperature/],
    [['generate', 'Hi', '--base-model', 'use-lite'], 'badData', /use-lite reads texts and writes none/],
    [['devices', '--only', 'onnx:tpu'], 'usage', /--only.*onnx:webgpu/],
    [['coordinator', '--port', '70000'], 'usage', /--port.*0 to 65535/],
    [['groups', 'create', 'g', '--labels', 'good'], 'usage', /--labels.*at least two/],
    [['groups', 'create', 'g'], 'usage', /--labels/],
    [['groups', 'create', 'g', '--labels', 'a,b', '--rank', '0'], 'usage', /--rank/],
    [
      ['groups', 'create', 'g', '--labels', 'a,b', '--quorum', '9'],
      'usage',
      /--quorum.*rounds\.participants/,
    ],
    [['groups', 'create', 'g', '--labels', 'a,b', '--shared-rate', 'fast'], 'usage', /--shared-rate.*number/],
    [['groups', 'create', 'g', '--settings', '/nowhere.json'], 'usage', /--settings.*nowhere\.json/],
    [['keys', 'create', '--role', 'king', '--name', 'x'], 'usage', /--role.*admin, operator, participant/],
    [['rounds', 'show', 'reviews', 'first'], 'usage', /round.*whole number/],
    [['predict', '--group', 'reviews'], 'usage', /nothing to label/],
    [['predict', '--group', 'reviews', 'fine', 'gr\uFFFDn'], 'usage', /not UTF-8: set the terminal to UTF-8/],
    [['generate', 'gr\uFFFDn', '--base-model', 'use-lite'], 'usage', /not UTF-8/],
    [['generate', 'Hi', '--system', '\ud83d', '--base-model', 'use-lite'], 'usage', /--system.*not UTF-8/],
    [['groups', 'create', 'g', '--labels', 'rot,gr\uFFFDn'], 'usage', /--labels.*not UTF-8/],
  ];
  for (const one of cases) await check(one);
});

test('a standard input that is not UTF-8 is refused with the line, by all that read texts from it', async () => {
  const latin = 'gr\u00fcn\n';
  const joining = ['join', system.url, '--group', 'reviews', '--workspace', join(system.folder, 'latin')];
  const stories = fileURLToPath(new URL('../packages/models/fixtures/stories260k', import.meta.url));
  const cases: [args: string[], input: string, line: string][] = [
    [['generate', '--base-model', stories], `fine\n${latin}`, ''],
    [['generate', '--base-model', stories, '--chat'], latin, ':1'],
    [['predict', '--group', 'reviews'], `fine\n${latin}`, ':2'],
    [[...joining, '--data', '-'], `{"text":"fine","label":"good"}\n${latin}`, ':2'],
  ];
  for (const [args, input, line] of cases) {
    const { status, stdout, stderr } = await colora(args, { input: Buffer.from(input, 'latin1') });
    assert.match(
      stderr,
      new RegExp(`standard input${line}: is not text in UTF-8; convert it`),
      args.join(' '),
    );
    assert.deepEqual([status, stdout], [exitCodes.badData.status, ''], args.join(' '));
  }
});

test('settings that are not UTF-8, or hold half a character in a label, are refused', async () => {
  const path = join(system.folder, 'settings.json');
  await writeFile(
    path,
    Buffer.from('{"task":{"kind":"classification","labels":["rot","gr\u00fcn"]}}', 'latin1'),
  );
  await check([
    ['groups', 'create', 'g', '--settings', path],
    'usage',
    /--settings: .* is not JSON in UTF-8/,
  ]);
  await writeFile(path, String.raw`{"task":{"kind":"classification","labels":["rot","\ud83d"]}}`);
  await check([['groups', 'create', 'g', '--settings', path], 'usage', /--labels.*no halves of characters/]);
});

test('what the coordinator refuses', async () => {
  const cases: Case[] = [
    [['groups', 'list'], 'unauthorized', /unknown or was revoked/, 'wrong'],
    [['groups', 'invite', 'reviews'], 'forbidden', /role/, operatorKey],
    [['groups', 'show', 'nowhere'], 'notFound', /nowhere/],
    [['rounds', 'show', 'reviews', '99'], 'notFound', /99/],
    [['keys', 'revoke', 'none'], 'notFound', /key/],
    [
      ['groups', 'create', 'reviews', '--labels', 'a,b', '--targets', 'pooler'],
      'refused',
      /already called reviews/,
    ],
  ];
  for (const one of cases) await check(one);
});

test('nobody there, no such host, somebody else there', async () => {
  const stranger = createServer((_, response) => response.writeHead(404).end('not here'));
  await new Promise<void>((done) => stranger.listen(0, '127.0.0.1', done));
  const elsewhere = `http://127.0.0.1:${(stranger.address() as AddressInfo).port}`;
  await check([['status', elsewhere], 'unreachable', /is no CoLoRA coordinator/]);
  await check([['status', '--url', elsewhere], 'unreachable', /is no CoLoRA coordinator/]);
  await check([['status', elsewhere, '--url', 'http://127.0.0.1:9'], 'usage', /say one address/]);
  const data = await writeReviews(system.folder, 'lost', reviews(1, 4));
  const workspace = ['--workspace', join(system.folder, 'lost')];
  await check([
    ['join', elsewhere, '--group', 'g', '--data', data, ...workspace],
    'unreachable',
    /is no CoLoRA coordinator/,
  ]);
  stranger.close();
  stranger.closeAllConnections();
  await check([['status', `http://127.0.0.1:${await freePort()}`], 'unreachable', /connection refused/]);
  await check([
    ['status', 'http://no-such-host.invalid', '--insecure'],
    'unreachable',
    /no-such-host\.invalid: /,
  ]);
});

test('a daemon that finds nobody keeps trying, says so, and ends on SIGTERM', async () => {
  const data = await writeReviews(system.folder, 'patient', reviews(1, 4));
  const workspace = ['--workspace', join(system.folder, 'patient')];
  const url = `http://127.0.0.1:${await freePort()}`;
  const daemon = startColora(['join', url, '--group', 'g', '--data', data, ...workspace]);
  await daemon.says(/connection refused.*trying again/);
  daemon.child.kill('SIGTERM');
  assert.equal((await daemon.ended).status, 0);
});

test('data, base model and workspace that cannot be used', async () => {
  const bad = await writeReviews(system.folder, 'bad', [...reviews(1, 2), { text: 'x' }]);
  const good = await writeReviews(system.folder, 'good', reviews(1, 4));
  const workspace = ['--workspace', join(system.folder, 'of-bad')];
  const joining = ['join', system.url, '--group', 'reviews', ...workspace];
  const cases: Case[] = [
    [[...joining, '--data', '/nowhere.jsonl'], 'badData', /\/nowhere\.jsonl/],
    [[...joining, '--data', bad], 'badData', /bad\.jsonl:3: the field "label" is missing/],
    [[...joining, '--data', good, '--base-model', system.folder], 'badModel', /config\.json/],
    [['groups', 'create', 'g', '--labels', 'a,b', '--base-model', '/nowhere'], 'usage', /\/nowhere/],
    [['groups', 'create', 'g', '--labels', 'a,b', '--targets', 'nothing'], 'badModel', /nothing/],
    [['predict', 'text', '--group', 'reviews', '--workspace', '/nowhere'], 'workspace', /has not joined/],
    [
      ['export', '--group', 'reviews', '--workspace', '/nowhere', '--out', '/tmp/x'],
      'workspace',
      /has not joined/,
    ],
  ];
  // the daemon says on stderr that it joined before it reads the data, and nothing on stdout
  for (const one of cases) await check(one);
});

test('a coordinator that cannot start says why', async () => {
  const port = String(new URL(system.url).port);
  const fresh = join(system.folder, 'fresh');
  const file = await writeReviews(system.folder, 'not-a-folder', []);
  const held = await mkdtemp(join(system.folder, 'held-'));
  const letGo = lockFolder(held); // as a coordinator that runs does
  const cases: Case[] = [
    [['coordinator', '--port', port, '--data', fresh], 'cannotServe', new RegExp(`${port}`)],
    [['coordinator', '--port', '0', '--data', held], 'cannotServe', /held-/],
    [['coordinator', '--port', '0', '--data', join(file, 'below')], 'cannotServe', /not-a-folder\.jsonl/],
    [
      ['coordinator', '--port', '0', '--data', fresh, '--database-url', 'postgres://nobody@127.0.0.1:9/none'],
      'cannotServe',
      /127\.0\.0\.1:9/,
    ],
  ];
  for (const one of cases) await check(one);
  letGo();
});
