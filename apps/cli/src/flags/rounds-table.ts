// The flags of a group's rounds: who is asked, for how long, what becomes of late contributions, when to stop.
// Their choices, defaults and bounds are the settings schema's to say.
import { InvalidArgumentError } from 'commander';
import type { SettingRow } from './setting-row.ts';

export const roundsTable: readonly SettingRow[] = [
  { flag: '--rounds <n>', path: 'rounds.count' },
  { flag: '--round-mode <mode>', path: 'rounds.mode' },
  { flag: '--buffer-size <n>', path: 'rounds.bufferSize', without: '--participants' },
  { flag: '--participants <n>', path: 'rounds.participants' },
  {
    flag: '--cohort <part>',
    path: 'rounds.cohort',
    about: 'ask only so many of those online, drawn anew each round: 20%, or 50',
    without: 'everybody',
    read: readCohort,
  },
  { flag: '--sampling <kind>', path: 'rounds.sampling' },
  { flag: '--over-selection <x>', path: 'rounds.overSelection' },
  { flag: '--quorum <n>', path: 'rounds.quorum' },
  { flag: '--deadline <seconds>', path: 'rounds.deadlineSeconds' },
  { flag: '--adapt-deadline', path: 'rounds.adaptDeadline' },
  { flag: '--retries <n>', path: 'rounds.retries' },
  { flag: '--max-staleness <n>', path: 'rounds.maxStaleness' },
  {
    flag: '--early-stop <metric:goal>',
    path: 'rounds.earlyStop',
    about: 'stop when a metric members report gets no better: accuracy:higher, heldOutLoss:lower',
    read: readEarlyStop,
  },
  { flag: '--early-stop-patience <n>', path: 'rounds.earlyStop.patience' },
  { flag: '--early-stop-delta <x>', path: 'rounds.earlyStop.minDelta' },
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
