// The flags of a group's rounds: who is asked, for how long, what becomes of late contributions, when to stop.
// Their choices, defaults and bounds are the settings schema's to say.
import { InvalidArgumentError } from 'commander';
import type { SettingRow } from './setting-row.ts';

export const roundsTable: readonly SettingRow[] = [
  { flag: '--rounds <n>', path: 'rounds.count', about: 'rounds until the group is completed' },
  {
    flag: '--round-mode <mode>',
    path: 'rounds.mode',
    about: 'wait for those asked, or close after --buffer-size arrivals',
  },
  {
    flag: '--buffer-size <n>',
    path: 'rounds.bufferSize',
    about: 'arrivals that close a buffered round',
    without: '--participants',
  },
  { flag: '--participants <n>', path: 'rounds.participants', about: 'a round opens when so many are online' },
  {
    flag: '--cohort <part>',
    path: 'rounds.cohort',
    about: 'ask only so many of those online, drawn anew each round: 20%, or 50',
    without: 'everybody',
    read: readCohort,
  },
  {
    flag: '--over-selection <x>',
    path: 'rounds.overSelection',
    about: 'ask x times the cohort, close when as many as the cohort have contributed',
  },
  {
    flag: '--quorum <n>',
    path: 'rounds.quorum',
    about: 'contributions that are enough at the deadline; never fewer than --min-members',
  },
  {
    flag: '--deadline <seconds>',
    path: 'rounds.deadlineSeconds',
    about: 'for a round; longer where the base model is large',
  },
  {
    flag: '--adapt-deadline',
    path: 'rounds.adaptDeadline',
    about:
      'longer, up to ten times, where members tell that a round takes them longer: three times the slowest’s',
  },
  {
    flag: '--retries <n>',
    path: 'rounds.retries',
    about: 'how often a round without its quorum is tried again before the group pauses',
  },
  {
    flag: '--max-staleness <n>',
    path: 'rounds.maxStaleness',
    about: 'versions by which a late contribution may be behind and still count, with less weight',
  },
  {
    flag: '--early-stop <metric:goal>',
    path: 'rounds.earlyStop',
    about: 'stop when a metric members report gets no better: accuracy:higher, heldOutLoss:lower',
    read: readEarlyStop,
  },
  {
    flag: '--early-stop-patience <n>',
    path: 'rounds.earlyStop.patience',
    about: 'rounds without an improvement before it stops',
  },
  {
    flag: '--early-stop-delta <x>',
    path: 'rounds.earlyStop.minDelta',
    about: 'what an improvement must exceed',
  },
];

function readCohort(value: string): { fraction: number } | { count: number } {
  const percent = /^(\d+(?:\.\d+)?)%$/.exec(value)?.[1];
  if (percent !== undefined && Number(percent) > 0 && Number(percent) <= 100) {
    return { fraction: Number(percent) / 100 };
  }
  if (/^[1-9]\d*$/.test(value)) return { count: Number(value) };
  throw new InvalidArgumentError(
    'Use a percentage of those online, such as 20%, or a number of members, such as 50.',
  );
}

function readEarlyStop(value: string): { metric: string; goal: string } {
  const [, metric, goal] = /^([a-z][\w.-]*):(lower|higher)$/i.exec(value) ?? [];
  if (metric !== undefined && goal !== undefined) return { metric, goal: goal.toLowerCase() };
  throw new InvalidArgumentError(
    'Use a metric and whether lower or higher is better, such as accuracy:higher or heldOutLoss:lower.',
  );
}
