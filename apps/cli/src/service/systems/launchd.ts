// A service as an agent of launchd (macOS). Format: launchd.plist(5), plist(5); commands: launchctl(1).
import { posix } from 'node:path';
import {
  type Answer,
  longestWait,
  patience,
  type ServiceFacts,
  type ServiceState,
  type ServiceSystem,
  type ServiceUser,
} from './service-system.ts';
import { xmlText } from './xml-text.ts';

const labelOf = (name: string) => `colora.${name}`;
const domainOf = ({ id }: ServiceUser) => `gui/${id}`;
const targetOf = ({ name, user }: Pick<ServiceFacts, 'name' | 'user'>) =>
  `${domainOf(user)}/${labelOf(name)}`;

export const launchd: ServiceSystem = {
  called: 'launchd',
  knowsStatuses: false,
  file: ({ name, user }) => posix.join(user.home, 'Library/LaunchAgents', `${labelOf(name)}.plist`),
  text: (facts) => Buffer.from(plist(facts)),
  install: (facts, file) => [
    { command: ['launchctl', 'bootout', targetOf(facts)], mayFail: true }, // one of before
    { command: ['launchctl', 'enable', targetOf(facts)] },
    { command: ['launchctl', 'bootstrap', domainOf(facts.user), file] },
  ],
  stop: (facts) => [{ command: ['launchctl', 'bootout', targetOf(facts)], mayFail: true }],
  forget: [],
  restart: (facts) => [{ command: ['launchctl', 'kickstart', '-k', targetOf(facts)] }],
  ask: ({ name }) => ['launchctl', 'list', labelOf(name)],
  stateOf,
};

/** `ThrottleInterval`: launchd waits the same from start to start; `knowsStatuses` keeps it from starting what can't mend itself. */
function plist({ name, command, environment }: ServiceFacts): string {
  const values: readonly (readonly [string, string])[] = [
    ['Label', string(labelOf(name))],
    ['ProgramArguments', `<array>${command.map(string).join('')}</array>`],
    [
      'EnvironmentVariables',
      dictionary(Object.entries(environment).map(([key, value]) => [key, string(value)])),
    ],
    ['RunAtLoad', '<true/>'],
    ['KeepAlive', dictionary([['SuccessfulExit', '<false/>']])],
    ['ThrottleInterval', `<integer>${longestWait / 6}</integer>`],
    ['ExitTimeOut', `<integer>${patience}</integer>`],
    ['Nice', '<integer>10</integer>'],
    ['LowPriorityIO', '<true/>'],
    ['Umask', `<integer>${0o077}</integer>`], // in decimals, as property lists have no others
  ];
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">',
    '<!-- Written by colora service install; colora service remove takes it away. -->',
    '<plist version="1.0">',
    '<dict>',
    ...values.map(([key, value]) => `  <key>${key}</key>${value}`),
    '</dict>',
    '</plist>',
    '',
  ].join('\n');
}

const string = (text: string) => `<string>${xmlText(text)}</string>`;
const dictionary = (entries: readonly (readonly [string, string])[]) =>
  `<dict>${entries.map(([key, value]) => `<key>${xmlText(key)}</key>${value}`).join('')}</dict>`;

/** Of `launchctl list LABEL`: a dictionary as text, or status 113 where nothing is loaded under that label. */
function stateOf({ status, stdout }: Answer): ServiceState {
  if (status !== 0) return { state: 'unknown' };
  const numberOf = (key: string) => {
    const [, value] = new RegExp(`"${key}" = (-?\\d+);`).exec(stdout) ?? [];
    return value === undefined ? null : Number(value);
  };
  const process = numberOf('PID');
  if (process !== null) return { state: 'running', process };
  const ended = numberOf('LastExitStatus') ?? 0; // as wait(2) gives it
  if (ended === 0) return { state: 'stopped' };
  return { state: 'restarting', why: ended < 256 ? `signal ${ended & 127}` : `status ${ended >> 8}` };
}
