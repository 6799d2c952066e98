// What each system is told, held to recorded files and, where there is one, to a reader of the format that is not ours. None of them
// runs here: systemd does in test/service.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { launchd } from './launchd.ts';
import type { ServiceFacts, ServiceSystem } from './service-system.ts';
import { systemd } from './systemd.ts';
import { systemOf } from './systems.ts';
import { taskScheduler } from './task-scheduler.ts';

const folder = await mkdtemp(join(tmpdir(), 'colora-systems-'));
after(() => rm(folder, { recursive: true, force: true }));
const hasPython = spawnSync('python3', ['-c', 'import plistlib, xml.etree.ElementTree']).status === 0;
const verify = spawnSync('systemd-analyze', ['--version']).status === 0;

const recorded = async (name: string) =>
  await readFile(fileURLToPath(new URL(`./fixtures/${name}`, import.meta.url)));

/** What Python's own reader makes of a file, as JSON. */
function readByPython(program: string, file: string): unknown {
  const { status, stdout, stderr } = spawnSync('python3', ['-c', program, file], { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout);
}

/** With names that hold every sign that some format takes for something else. `home`: as the platform writes paths. */
function nastyService(home: string, separator: '/' | '\\'): ServiceFacts {
  const at = (...names: string[]) => [home, ...names].join(separator);
  // no quotes in names of Windows' files
  const own = separator === '/' ? `it's "one" $HOME %h &<b>` : `it's one & $HOME 100% ü`;
  return {
    name: 'bücher.1',
    command: [at('node 20', 'bin', 'node'), at(own, 'colora.js'), 'service', 'run', at(own, 'trailing', '')],
    environment: {
      HTTPS_PROXY: 'http://ada:p%40ss"word\\@proxy:3128',
      COLORA_CACHE: at('mödels & more', '$NAME'),
    },
    user: { home, configHome: null, id: 501, account: separator === '/' ? 'ada' : 'DESKTOP\\Ada & Söhne' },
  };
}

const linux = nastyService('/home/ada', '/');
const mac = nastyService('/Users/ada', '/');
const windows = nastyService('C:\\Users\\ada', '\\');

test('each platform has its system, and others have none', () => {
  assert.equal(systemOf('linux'), systemd);
  assert.equal(systemOf('darwin'), launchd);
  assert.equal(systemOf('win32'), taskScheduler);
  assert.equal(systemOf('freebsd'), null);
});

test('where each system looks for it', () => {
  const own = '/home/ada/.config/colora/services/bücher.1';
  assert.equal(systemd.file(linux, own), '/home/ada/.config/systemd/user/colora-bücher.1.service');
  const elsewhere = { ...linux, user: { ...linux.user, configHome: '/cfg' } };
  assert.equal(systemd.file(elsewhere, own), '/cfg/systemd/user/colora-bücher.1.service');
  assert.equal(launchd.file(mac, own), '/Users/ada/Library/LaunchAgents/colora.bücher.1.plist');
  assert.equal(
    taskScheduler.file(windows, 'C:\\Users\\ada\\AppData\\Roaming\\colora\\services\\bücher.1'),
    'C:\\Users\\ada\\AppData\\Roaming\\colora\\services\\bücher.1\\colora-bücher.1.xml',
  );
});

for (const [system, facts, version, name] of [
  [systemd, linux, 252, 'systemd-252.service'],
  [systemd, linux, 254, 'systemd-254.service'],
  [launchd, mac, null, 'launchd.plist'],
  [taskScheduler, windows, null, 'task-scheduler.xml'],
] as const) {
  test(`${name} is as recorded`, async () => {
    assert.equal(
      Buffer.from(system.text(facts, version)).toString('hex'),
      (await recorded(name)).toString('hex'),
    );
  });
}

test('systemd’s own checker takes the unit', { skip: !verify && 'needs systemd-analyze' }, async () => {
  const facts = { ...linux, command: [process.execPath, ...linux.command.slice(1)] as [string, ...string[]] };
  const unit = join(folder, 'colora-test.service');
  await writeFile(unit, systemd.text(facts, 252));
  const { status, stdout, stderr } = spawnSync('systemd-analyze', ['verify', '--user', unit], {
    encoding: 'utf8',
    env: { ...process.env, HOME: folder, XDG_RUNTIME_DIR: folder },
  });
  // of other units of this machine it complains too
  assert.ok(!`${stdout}${stderr}`.includes('colora-test'), `${stdout}${stderr}`);
  assert.equal(status, 0, stderr);
});

test('a reader of property lists finds the very words', { skip: !hasPython && 'needs Python' }, async () => {
  const file = join(folder, 'agent.plist');
  await writeFile(file, launchd.text(mac, null));
  const read = readByPython(
    'import json, plistlib, sys; print(json.dumps(plistlib.load(open(sys.argv[1], "rb"))))',
    file,
  );
  assert.deepEqual(read, {
    Label: 'colora.bücher.1',
    ProgramArguments: mac.command,
    EnvironmentVariables: mac.environment,
    RunAtLoad: true,
    KeepAlive: { SuccessfulExit: false },
    ThrottleInterval: 300,
    ExitTimeOut: 300,
    Nice: 10,
    LowPriorityIO: true,
    Umask: 63,
  });
});

test('a reader of XML finds the very words of a task', { skip: !hasPython && 'needs Python' }, async () => {
  const file = join(folder, 'task.xml');
  await writeFile(file, taskScheduler.text(windows, null));
  const read = readByPython(
    `import json, sys, xml.etree.ElementTree as tree
root = tree.parse(sys.argv[1]).getroot()
at = lambda path: root.find('/'.join('{http://schemas.microsoft.com/windows/2004/02/mit/task}' + name for name in path.split('/'))).text
print(json.dumps([at('Actions/Exec/Command'), at('Actions/Exec/Arguments'), at('Principals/Principal/UserId'), at('Triggers/LogonTrigger/UserId')]))`,
    file,
  ) as string[];
  const [command, words, ...accounts] = read;
  assert.deepEqual([command, ...argumentsOf(words!)], windows.command);
  assert.deepEqual(accounts, [windows.user.account, windows.user.account]);
});

/** As CommandLineToArgvW reads a command line after its first word. */
function argumentsOf(line: string): string[] {
  const found: string[] = [];
  let [word, isQuoted, isBegun] = ['', false, false];
  for (let at = 0; at < line.length; at += 1) {
    const slashes = /^\\*/.exec(line.slice(at))![0].length;
    const isBeforeQuote = line[at + slashes] === '"';
    if (slashes > 0) {
      word += '\\'.repeat(isBeforeQuote ? Math.floor(slashes / 2) : slashes);
      if (isBeforeQuote && slashes % 2 === 1) word += '"';
      at += isBeforeQuote && slashes % 2 === 1 ? slashes : slashes - 1;
      isBegun = true;
    } else if (line[at] === '"') {
      isQuoted = !isQuoted;
      isBegun = true;
    } else if (line[at] === ' ' && !isQuoted) {
      if (isBegun) found.push(word);
      [word, isBegun] = ['', false];
    } else {
      word += line[at];
      isBegun = true;
    }
  }
  return isBegun ? [...found, word] : found;
}

test('arguments of Windows with quotes and backslashes come out as they went in', () => {
  const words = ['', 'a b', 'C:\\x\\', 'C:\\x y\\\\', 'say "hi"', 'end\\"', '\\\\server\\share'];
  const facts = { ...windows, command: ['C:\\node.exe', ...words] as [string, ...string[]] };
  const text = Buffer.from(taskScheduler.text(facts, null)).toString('utf16le');
  const [, line] = /<Arguments>(.*)<\/Arguments>/s.exec(text) ?? [];
  assert.deepEqual(argumentsOf(line!.replaceAll('&quot;', '"')), words);
});

test('what a format has no way to write is refused, and no variable is read where none is meant', () => {
  const withCommand = (word: string) => ({ ...mac, command: ['/node', word] as [string, ...string[]] });
  assert.throws(() => launchd.text(withCommand('bell\u0007'), null), /holds a sign .*: rename the folder/);
  for (const word of ['C:\\%TEMP%\\x', 'C:\\$(Arg0)'])
    assert.throws(() => taskScheduler.text(withCommand(word), null), /would read a variable/);
  assert.match(
    Buffer.from(systemd.text(withCommand('line\nbreak\ttab'), 252)).toString(),
    /^ExecStart=:"\/node" "line\\x0abreak\\x09tab"$/m,
  );
});

const show = (values: Record<string, string>) =>
  Object.entries({ LoadState: 'loaded', ...values })
    .map(([key, value]) => `${key}=${value}\n`)
    .join('');

test('what each system answers, as recorded', () => {
  const answers: readonly (readonly [ServiceSystem, number, string, object])[] = [
    // systemctl --user show, systemd 252
    [
      systemd,
      0,
      show({ ActiveState: 'active', SubState: 'running', Result: 'success', MainPID: '7' }),
      { state: 'running', process: 7 },
    ],
    [
      systemd,
      0,
      show({ ActiveState: 'activating', SubState: 'auto-restart', Result: 'exit-code', ExecMainStatus: '5' }),
      { state: 'restarting', why: 'status 5' },
    ],
    [
      systemd,
      0,
      show({ ActiveState: 'failed', SubState: 'failed', Result: 'signal', ExecMainStatus: '9' }),
      { state: 'failed', why: 'signal' },
    ],
    [
      systemd,
      0,
      show({ ActiveState: 'deactivating', SubState: 'stop-sigterm', Result: 'success', MainPID: '7' }),
      { state: 'running', process: 7 },
    ],
    [
      systemd,
      0,
      show({ ActiveState: 'inactive', SubState: 'dead', Result: 'success', MainPID: '0' }),
      { state: 'stopped' },
    ],
    [
      systemd,
      0,
      show({ LoadState: 'not-found', ActiveState: 'inactive', SubState: 'dead' }),
      { state: 'unknown' },
    ],
    [systemd, 1, '', { state: 'unknown' }],
    // launchctl list LABEL
    [
      launchd,
      0,
      '{\n\t"LimitLoadToSessionType" = "Aqua";\n\t"Label" = "colora.reviews";\n\t"OnDemand" = false;\n\t"LastExitStatus" = 0;\n\t"PID" = 812;\n};\n',
      { state: 'running', process: 812 },
    ],
    [launchd, 0, '{\n\t"Label" = "colora.reviews";\n\t"LastExitStatus" = 0;\n};\n', { state: 'stopped' }],
    [
      launchd,
      0,
      '{\n\t"Label" = "colora.reviews";\n\t"LastExitStatus" = 1280;\n};\n',
      { state: 'restarting', why: 'status 5' },
    ],
    [
      launchd,
      0,
      '{\n\t"Label" = "colora.reviews";\n\t"LastExitStatus" = 9;\n};\n',
      { state: 'restarting', why: 'signal 9' },
    ],
    [launchd, 113, 'Could not find service "colora.reviews" in domain for port\n', { state: 'unknown' }],
    // Get-ScheduledTask and Get-ScheduledTaskInfo
    [taskScheduler, 0, '4 267009\r\n', { state: 'running', process: null }],
    [taskScheduler, 0, '3 0\r\n', { state: 'stopped' }],
    [taskScheduler, 0, '3 267011\r\n', { state: 'stopped' }],
    [taskScheduler, 0, '3 5\r\n', { state: 'restarting', why: 'status 5' }],
    [taskScheduler, 1, '', { state: 'unknown' }],
  ];
  for (const [system, status, stdout, expected] of answers)
    assert.deepEqual(system.stateOf({ status, stdout }), expected, `${system.called}: ${stdout}`);
});

test('nothing secret is in what a command line shows, and each system ends a service before it is taken out', () => {
  for (const [system, facts] of [
    [systemd, linux],
    [launchd, mac],
    [taskScheduler, windows],
  ] as const) {
    const file = system.file(facts, 'folder');
    const steps = [
      ...system.install(facts, file),
      ...system.stop(facts),
      ...system.restart(facts),
      { command: system.ask(facts) },
    ];
    assert.ok(!JSON.stringify(steps).includes('p%40ss'), system.called);
    assert.ok(
      system.stop(facts).every(({ mayFail }) => mayFail),
      'who removes it may have ended it by hand',
    );
  }
});
