// What keeps a service from being installed, by facts of systems that the tests don't run on too.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Command } from 'commander';
import { carriedEnvironment } from '../environment/carried-environment.ts';
import { withoutFlag } from './join-words.ts';
import { noUserManager, takenWorkspace, type UserManagerFacts, vanishingScript } from './may-install.ts';
import { outcomeOf } from './service-report.ts';

test('a launcher out of a cache is told from one that stays', () => {
  for (const script of [
    '/home/ada/.npm/_npx/6f1d2a/node_modules/colora/dist/files/apps/cli/bin/colora.js',
    'C:\\Users\\ada\\AppData\\Local\\npm-cache\\_npx\\6f1d2a\\node_modules\\colora\\dist\\colora.js',
    '/home/ada/.cache/pnpm/dlx-4711/node_modules/colora/dist/colora.js',
    '/tmp/xfs-0f0e/dlx-4711/node_modules/colora/dist/colora.js',
    '/tmp/bunx-1000-colora@latest/node_modules/colora/dist/colora.js',
  ])
    assert.match(vanishingScript(script) ?? '', /npm install -g colora/, script);
  for (const script of [
    '/usr/local/lib/node_modules/colora/dist/files/apps/cli/bin/colora.js',
    '/home/ada/my_npx/colora.js',
    '/home/ada/.nvm/versions/node/v20.20.2/lib/node_modules/colora/dist/colora.js',
  ])
    assert.equal(vanishingScript(script), null, script);
});

test('where systemd keeps nothing for a user, what to do depends on why', () => {
  const facts = {
    said: 'Failed to connect to bus: No medium found\n',
    hasSystemd: true,
    kernel: '6.1.0',
    hasSession: true,
  };
  const told = (more: Partial<UserManagerFacts>) => noUserManager({ ...facts, account: 'ada', ...more });
  assert.match(told({ said: null, hasSystemd: false }), /container, perhaps/);
  assert.match(told({ hasSystemd: false, kernel: '5.15.153.1-microsoft-standard-WSL2' }), /\/etc\/wsl\.conf/);
  assert.match(told({ hasSession: false }), /loginctl enable-linger ada .*log in anew/);
  assert.match(told({}), /said: Failed to connect to bus: No medium found\)/);
});

test('two services in one workspace are told apart from one that is installed again', () => {
  const others = [
    { name: 'reviews', workspace: '/w' },
    { name: 'mails', workspace: '/m' },
  ];
  assert.equal(takenWorkspace('reviews', '/w', others), null);
  assert.equal(takenWorkspace('third', '/t', others), null);
  assert.match(takenWorkspace('third', '/w', others) ?? '', /the service reviews uses the workspace \/w/);
});

test('the service’s own flag is taken out of the words, and nothing that only looks like it', () => {
  const command = new Command('install')
    .argument('<url>')
    .option('--service <name>')
    .option('-n, --name <name>')
    .option('--idle-only [minutes]')
    .option('--poll-only');
  for (const [words, kept] of [
    [
      ['u', '--service', 's', '--poll-only'],
      ['u', '--poll-only'],
    ],
    [['--service=s', 'u'], ['u']],
    [
      ['--name', '--service', 'u', '--service', 's'],
      ['--name', '--service', 'u'],
    ],
    [
      ['-n', 'x', '--idle-only', '--service', 's', 'u'],
      ['-n', 'x', '--idle-only', 'u'],
    ],
    [
      ['--idle-only', '5', 'u', '--', '--service'],
      ['--idle-only', '5', 'u', '--', '--service'],
    ],
  ] as const)
    assert.deepEqual(withoutFlag(words, command, '--service'), kept, words.join(' '));
});

test('a service’s environment is what its daemon reads, without others’ keys', () => {
  assert.deepEqual(
    carriedEnvironment({
      COLORA_KEY: 'k',
      COLORA_CACHE: '/c',
      PATH: '/bin',
      https_proxy: 'p',
      HF_TOKEN: '',
      NO_PROXY: undefined,
    }),
    { COLORA_CACHE: '/c', https_proxy: 'p' },
  );
});

test('how a daemon ended is its own word where it had one, else the system’s', () => {
  const ending = (status: number, message: string) => ({ at: '2026-01-01T00:00:00.000Z', status, message });
  assert.deepEqual(outcomeOf({ state: 'running', process: 7 }, ending(5, 'away')), {
    state: 'running',
    why: null,
  });
  assert.deepEqual(outcomeOf({ state: 'stopped' }, null), { state: 'stopped', why: null });
  assert.deepEqual(outcomeOf({ state: 'stopped' }, ending(0, '')), { state: 'stopped', why: null });
  // launchd and Windows know no failure that is to stay one
  assert.deepEqual(outcomeOf({ state: 'stopped' }, ending(16, 'a yes')), {
    state: 'failed',
    why: 'a yes (status 16)',
  });
  assert.deepEqual(outcomeOf({ state: 'failed', why: 'signal' }, null), { state: 'failed', why: 'signal' });
  assert.deepEqual(outcomeOf({ state: 'restarting', why: 'status 5' }, ending(5, 'away')), {
    state: 'restarting',
    why: 'away (status 5)',
  });
  assert.match(outcomeOf({ state: 'unknown' }, null).why ?? '', /install it again/);
});
