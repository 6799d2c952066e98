// A service as a task of Windows' Task Scheduler, started when its user logs on. Format: Task Scheduler Schema (learn.microsoft.com,
// win32/taskschd) and MS-TSCH, whose table of rights lets whoever is no administrator register a task for herself with a logon trigger of
// her own; command line: CommandLineToArgvW; states: MSFT_ScheduledTask. A task has no environment of its own and no
// signal that asks it to end: it is ended as by a kill, which loses the step under way alone.
import { win32 } from 'node:path';
import { UsageError } from '../../usage-error.ts';
import type { Answer, ServiceFacts, ServiceState, ServiceSystem } from './service-system.ts';
import { xmlText } from './xml-text.ts';

const taskOf = (name: string) => `colora-${name}`;
const schtasks = (...words: string[]) => ['schtasks', ...words] as [string, ...string[]];
const run = (name: string) => ({ command: schtasks('/Run', '/TN', taskOf(name)) });
const end = (name: string) => ({ command: schtasks('/End', '/TN', taskOf(name)), mayFail: true }) as const;

export const taskScheduler: ServiceSystem = {
  called: 'Task Scheduler',
  knowsStatuses: false,
  file: ({ name }, folder) => win32.join(folder, `${taskOf(name)}.xml`),
  // schtasks wants UTF-16, with a mark of its order
  text: (facts) => Buffer.from(`\ufeff${taskText(facts)}`, 'utf16le'),
  install: ({ name }, file) => [
    end(name),
    { command: schtasks('/Create', '/TN', taskOf(name), '/XML', file, '/F') },
    run(name),
  ],
  stop: ({ name }) => [end(name), { command: schtasks('/Delete', '/TN', taskOf(name), '/F'), mayFail: true }],
  forget: [],
  restart: ({ name }) => [end(name), run(name)],
  ask({ name }) {
    const task = `'${taskOf(name).replaceAll("'", "''")}'`;
    // schtasks /Query answers in the system's language
    const script = `$t = Get-ScheduledTask -TaskName ${task} -ErrorAction Stop; "$([int]$t.State) $(($t | Get-ScheduledTaskInfo).LastTaskResult)"`;
    return ['powershell', '-NoProfile', '-NonInteractive', '-Command', script];
  },
  stateOf,
};

function taskText({ command, user }: ServiceFacts): string {
  const [program, ...words] = command;
  refuseVariables(program);
  const account = xmlText(user.account);
  return `<?xml version="1.0" encoding="UTF-16"?>
<!-- Written by colora service install; colora service remove takes it away. -->
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <Triggers>
    <LogonTrigger>
      <Enabled>true</Enabled>
      <UserId>${account}</UserId>
    </LogonTrigger>
  </Triggers>
  <Principals>
    <Principal id="Author">
      <UserId>${account}</UserId>
      <LogonType>InteractiveToken</LogonType>
      <RunLevel>LeastPrivilege</RunLevel>
    </Principal>
  </Principals>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <ExecutionTimeLimit>PT0S</ExecutionTimeLimit>
    <Priority>7</Priority>
    <RestartOnFailure>
      <Interval>PT5M</Interval>
      <Count>255</Count>
    </RestartOnFailure>
  </Settings>
  <Actions Context="Author">
    <Exec>
      <Command>${xmlText(program)}</Command>
      <Arguments>${xmlText(words.map(argument).join(' '))}</Arguments>
    </Exec>
  </Actions>
</Task>
`;
}

/** One argument as CommandLineToArgvW reads it: backslashes count double where a quote follows. */
function argument(word: string): string {
  refuseVariables(word);
  const escaped = word.replaceAll(/(\\*)"/g, '$1$1\\"').replace(/(\\+)$/, '$1$1');
  return `"${escaped}"`;
}

/** A task reads %NAME% and $(NAME) as variables, and nothing takes that from them. */
function refuseVariables(word: string): void {
  if (/%[^%]+%|\$\(/.test(word))
    throw new UsageError(`Windows would read a variable in ${word}: install colora in a folder without it`);
}

const running = 4;
/** 0x41301: it runs, 0x41303: it has not run yet, 0x41306: it was ended. */
const noFailures = [0, 0x41301, 0x41303, 0x41306];

function stateOf({ status, stdout }: Answer): ServiceState {
  const [, state, result] = /^(\d+) (\d+)\s*$/.exec(stdout.trim()) ?? [];
  if (status !== 0 || state === undefined) return { state: 'unknown' };
  if (Number(state) === running) return { state: 'running', process: null };
  if (noFailures.includes(Number(result))) return { state: 'stopped' };
  return { state: 'restarting', why: `status ${result}` };
}
