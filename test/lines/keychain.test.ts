// A key in the system's keychain (a real one: GNOME Keyring on a bus of its own), and the questions that only a person at a
// terminal is asked.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { colora, noTerminal, startColora } from '../support/processes.ts';
import { adminKey, useSystem } from '../support/system.ts';

const programs = ['dbus-daemon', 'gnome-keyring-daemon'];
const missing = programs.filter((program) => spawnSync(program, ['--version']).status !== 0);
const skip = missing.length === 0 ? false : `needs ${missing.join(', ')}`;

const system = useSystem();
let home: string | undefined;
let bus: ChildProcess | undefined;
let env: Record<string, string>;
before(async () => {
  if (skip) return;
  home = await mkdtemp(join(tmpdir(), 'colora-keychain-'));
  const began = spawn('dbus-daemon', ['--session', '--nofork', '--print-address'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  bus = began;
  const [address] = (await once(began.stdout, 'data')) as [Buffer];
  env = { HOME: home, XDG_RUNTIME_DIR: home, DBUS_SESSION_BUS_ADDRESS: String(address).trim() };
  // goes on in the background when it is ready, and ends with the bus
  const keyring = spawnSync('gnome-keyring-daemon', ['--unlock', '--components=secrets'], {
    env: { ...process.env, ...env },
    input: 'a password of the desktop',
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  assert.equal(keyring.status, 0);
});
after(async () => {
  bus?.kill();
  if (home !== undefined) await rm(home, { recursive: true, force: true, maxRetries: 5 });
});

test('login asks for the key unseen, keeps it, and commands need no other place for it', {
  skip: skip || noTerminal,
}, async () => {
  const at = { env: { ...env, COLORA_URL: system.url } };
  const before = await colora(['keys', 'list'], at);
  assert.match(before.stderr, /needs an API key: .*colora login/);

  const login = startColora(['login'], { ...at, atTerminal: true });
  await login.says(/API key for \S+ \(not shown\): /);
  login.child.stdin?.write(`${adminKey}\r`);
  const { status, stdout } = await login.ended;
  assert.equal(status, 0, stdout);
  assert.match(stdout, /admin .* the key is in the system’s keychain/);
  assert.ok(!stdout.includes(adminKey.slice(-8)), 'the key was shown');

  assert.equal((await colora(['keys', 'list'], at)).status, 0);
  const elsewhere = await colora(['keys', 'list', '--url', system.url.replace('127.0.0.1', 'localhost')], at);
  assert.match(elsewhere.stderr, /needs an API key/, 'a key goes to the address it was kept for');
  const stranger = await colora(['keys', 'list'], { env: { ...at.env, COLORA_KEY: 'colora_a_another' } });
  assert.match(stranger.stderr, /unknown or was revoked/, 'the environment wins');

  assert.equal((await colora(['keys', 'list'], { env })).status, 0, 'its address is remembered');

  assert.match((await colora(['logout'], { env })).stdout, /is out of the keychain/);
  assert.match((await colora(['logout'], at)).stdout, /had no key/);
  assert.match((await colora(['keys', 'list'], at)).stderr, /needs an API key/);
});

test('a key that the coordinator doesn’t know is not kept, and one that is piped needs no terminal', {
  skip,
}, async () => {
  const at = { env: { ...env, COLORA_URL: system.url } };
  const wrong = await colora(['login', '--key-file', '-'], { ...at, input: 'colora_a_mistyped\n' });
  assert.match(wrong.stderr, /unknown or was revoked/);
  assert.match((await colora(['logout'], at)).stdout, /had no key/);
  const piped = await colora(['login', '--key-file', '-'], { ...at, input: `${adminKey}\n` });
  assert.equal(piped.status, 0, piped.stderr);
  assert.equal((await colora(['keys', 'list'], at)).status, 0);
  assert.equal((await colora(['logout'], at)).status, 0);
});

test('uninstall takes keys out of the keychain, and of the cache what is colora’s own', {
  skip,
}, async () => {
  const cache = join(home!, 'models');
  for (const name of ['use-lite', 'of-others']) await mkdir(join(cache, name), { recursive: true });
  const at = { env: { ...env, COLORA_URL: system.url, COLORA_CACHE: cache }, cwd: home! };
  assert.equal((await colora(['login', '--key-file', '-'], { ...at, input: adminKey })).status, 0);
  const { status, stdout, stderr } = await colora(['uninstall', '--yes'], at);
  assert.equal(status, 0, stderr);
  assert.match(
    stdout,
    /took the key for \S+ out of the keychain[\s\S]*Left on this machine:\n[\s\S]*the clone/,
  );
  assert.match((await colora(['logout'], at)).stdout, /had no key/);
  assert.deepEqual(await readdir(cache), ['of-others']);
});

test('where there is no keychain, login says what to do instead, and other commands go on without', async () => {
  const at = {
    env: { COLORA_URL: system.url, DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nowhere' },
    input: adminKey,
  };
  const { status, stderr } = await colora(['login', '--key-file', '-'], at);
  assert.equal(status, 2, stderr);
  assert.match(stderr, /keychain can’t be used .*: keep the key in a file .* COLORA_KEY_FILE/);
  const nobody = await colora(['login'], at);
  assert.match(nobody.stderr, /nobody can be asked for the key here: pass --key-file/);
  assert.equal((await colora(['status'], at)).status, 0);
});
