// A service as a unit of systemd's user manager (Linux). Format: systemd.syntax(7), systemd.unit(5), systemd.service(5),
// systemd.exec(5), systemd.kill(5); what `systemctl show` answers: systemctl(1).
import { posix } from 'node:path';
import { retriedStatuses } from '../retried.ts';
import {
  type Answer,
  firstWait,
  longestWait,
  patience,
  type ServiceFacts,
  type ServiceState,
  type ServiceSystem,
} from './service-system.ts';

/** From this version on a unit may wait longer from start to start. */
const withSteps = 254;
const unitOf = (name: string) => `colora-${name}.service`;
const systemctl = (...words: string[]) => ['systemctl', '--user', ...words] as [string, ...string[]];

export const systemd: ServiceSystem = {
  called: 'systemd',
  knowsStatuses: true,
  file({ name, user }) {
    const folder = user.configHome ?? posix.join(user.home, '.config');
    return posix.join(folder, 'systemd/user', unitOf(name));
  },
  text: (facts, version) => Buffer.from(unitText(facts, version)),
  install: ({ name }) => [
    { command: systemctl('daemon-reload') },
    { command: systemctl('enable', unitOf(name)) },
    { command: systemctl('restart', unitOf(name)) },
  ],
  stop: ({ name }) => [
    { command: systemctl('disable', '--now', unitOf(name)), mayFail: true },
    { command: systemctl('reset-failed', unitOf(name)), mayFail: true },
  ],
  forget: [{ command: systemctl('daemon-reload'), mayFail: true }],
  restart: ({ name }) => [{ command: systemctl('restart', unitOf(name)) }],
  ask: ({ name }) => systemctl('show', unitOf(name), `--property=${asked.join(',')}`),
  stateOf,
};

function unitText({ name, command, environment }: ServiceFacts, version: number | null): string {
  const longer =
    version !== null && version >= withSteps ? ['RestartSteps=6', `RestartMaxDelaySec=${longestWait}`] : [];
  const lines = [
    '# Written by colora service install; colora service remove takes it away.',
    '[Unit]',
    `Description=CoLoRA: ${inUnit(name)}`,
    'StartLimitIntervalSec=0',
    '',
    '[Service]',
    `ExecStart=:${command.map(quoted).join(' ')}`, // ":" leaves $ alone
    ...Object.entries(environment).map(
      ([variable, value]) => `Environment=${quoted(`${variable}=${value}`)}`,
    ),
    'Restart=on-abnormal',
    `RestartForceExitStatus=${retriedStatuses.join(' ')}`,
    `RestartSec=${firstWait}`,
    ...longer,
    'KillMode=mixed',
    `TimeoutStopSec=${patience}`,
    'Nice=10',
    'NoNewPrivileges=yes',
    'UMask=0077',
    '',
    '[Install]',
    'WantedBy=default.target',
  ];
  return `${lines.join('\n')}\n`;
}

/** % begins a specifier everywhere in a unit. */
const inUnit = (text: string) => text.replaceAll('%', '%%');

/** One word between quotes, with C's escapes. */
function quoted(word: string): string {
  const escaped = inUnit(word).replaceAll(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    /["\\\x01-\x1f\x7f]/g,
    (sign) => (/["\\]/.test(sign) ? `\\${sign}` : `\\x${sign.charCodeAt(0).toString(16).padStart(2, '0')}`),
  );
  return `"${escaped}"`;
}

const asked = ['LoadState', 'ActiveState', 'SubState', 'Result', 'ExecMainStatus', 'MainPID'] as const;

function stateOf({ status, stdout }: Answer): ServiceState {
  const told = Object.fromEntries(
    stdout.split('\n').map((line) => [line.split('=', 1)[0], line.slice(line.indexOf('=') + 1)]),
  ) as Partial<Record<(typeof asked)[number], string>>;
  const { LoadState, ActiveState, SubState, Result, ExecMainStatus, MainPID } = told;
  if (status !== 0 || LoadState === undefined || LoadState === 'not-found') return { state: 'unknown' };
  const why = Result === 'exit-code' ? `status ${ExecMainStatus}` : `${Result}`;
  if (SubState === 'auto-restart') return { state: 'restarting', why };
  if (ActiveState === 'failed') return { state: 'failed', why };
  if (ActiveState === 'inactive') return { state: 'stopped' };
  return { state: 'running', process: Number(MainPID) || null };
}
