// How a task group looks as a row and as a page of facts.

import { clustersOf } from '@colora/protocol/clusters/cluster-settings';
import type { StepTimes } from '@colora/protocol/deadlines/step-times';
import type { TaskGroup, WaitingFor } from '@colora/protocol/entities';
import type { VerdictCounts } from '@colora/protocol/guard/figures';
import { mechanismOf } from '@colora/protocol/privacy/budget-settings';
import { changesOfTerms, changeWords } from '@colora/protocol/settings/changes';
import { phasesOf } from '@colora/protocol/task-settings';
import { deadlineText } from './deadlines/deadline-text.ts';
import { byteText, type Cell, localTime } from './terminal/output.ts';

export const groupHeader = [
  'group',
  'state',
  'rounds',
  'members',
  'online',
  'layout',
  'base model',
  'access',
  'why it waits',
];

export function groupRow(group: TaskGroup): Cell[] {
  const { settings } = group;
  return [
    group.name,
    group.state,
    `${group.committedRounds}/${settings.rounds.count}`,
    group.members,
    group.online,
    settings.adapter.layout,
    settings.baseModel.name,
    group.access,
    reasonText(group),
  ];
}

/** What members told, put together; null for who may not know it, and of coordinators that don't keep it. */
export interface ToldOfGroup {
  readonly verdicts: VerdictCounts | null;
  readonly stepTimes: StepTimes | null;
}

export function groupFacts(group: TaskGroup, { verdicts, stepTimes }: ToldOfGroup): [string, Cell][] {
  const { settings, checkpoint } = group;
  const { adapter, training, rounds, task } = settings;
  return [
    ['group', group.name],
    ['state', stateText(group)],
    ['waiting', group.waiting === null ? null : waitingText(group.waiting)],
    ['access', group.access],
    ['members', `${group.members} (${group.online} online)`],
    ['rounds', `${group.committedRounds} of ${rounds.count}`],
    ['from the next round on', waitingChanges(group)],
    ['a round', roundText(rounds)],
    ['late ones', rounds.maxStaleness === 0 ? 'refused' : `count up to ${rounds.maxStaleness} versions late`],
    ['stops early', stopText(rounds)],
    ['base model', `${settings.baseModel.name} (${settings.baseModel.fingerprint.slice(0, 12)}…)`],
    ['task', 'labels' in task ? `${task.kind}: ${task.labels.join(', ')}` : task.kind],
    ['clusters', clustersOf(settings)],
    ['adapter', `${adapter.layout}, rank ${adapter.rank}, on ${adapter.targets.join(', ') || 'nothing'}`],
    ['training', `${training.contribution}, ${stepsText(settings)} of ${training.batchSize}`],
    [
      'checkpoint',
      checkpoint === null
        ? null
        : `version ${checkpoint.version}, ${byteText(checkpoint.bytes)}, sha256 ${checkpoint.sha256.slice(0, 12)}…`,
    ],
    ['step times', stepTimes === null ? null : deadlineText(group.name, stepTimes)],
    ['privacy', privacyText(group)],
    ['verdicts', verdicts === null ? null : verdictsText(verdicts)],
    ['created', localTime(group.createdAt)],
  ];
}

function privacyText({ privacy, settings }: TaskGroup): string | null {
  if (privacy === null) return null;
  const { epsilon, delta, spent, own, lostRounds } = privacy;
  const { noiseMultiplier, clipNorm } = settings.privacy;
  const noise = `${mechanismOf(settings)} noise of ${noiseMultiplier} times the clip norm ${clipNorm}`;
  const of = own === null ? '' : `, ${own.toPrecision(4)} of it yours`;
  const lost = lostRounds === 0 ? '' : `, with rounds that the coordinator’s database lost: ${lostRounds}`;
  return `epsilon ${spent.toPrecision(4)} of ${epsilon} spent at delta ${delta}${of}${lost}; ${noise}`;
}

/** Of the latest checkpoint. */
function verdictsText({ told, members, helped, noGainSeen, tooEarly }: VerdictCounts): string | null {
  if (told === 0) return null;
  const opinions = `helped ${helped} of ${told}, no gain seen for ${noGainSeen}, too early for ${tooEarly}`;
  return told < members ? `${opinions}; ${members - told} of ${members} members told nothing` : opinions;
}

/** What an admin changed that waits for the live round to be over. */
function waitingChanges({ access, settings, nextSettings }: TaskGroup): Cell {
  if (nextSettings === null) return null;
  const changes = changesOfTerms({ access, settings }, { access, settings: nextSettings });
  return changes.map(changeWords).join('; ');
}

function stateText({ state, pausedReason, endedReason, bestVersion }: TaskGroup): string {
  const reason = pausedReason ?? endedReason;
  const best = endedReason === null || bestVersion === null ? '' : `; best: checkpoint ${bestVersion}`;
  return reason === null ? state : `${state}: ${reason}${best}`;
}

function stepsText({ training }: TaskGroup['settings']): string {
  const { personalSteps, sharedSteps } = training;
  return phasesOf({ training }) === 'joint'
    ? `${personalSteps + sharedSteps} joint steps`
    : `${personalSteps} personal + ${sharedSteps} shared steps`;
}

function roundText(rounds: TaskGroup['settings']['rounds']): string {
  const { participants, quorum, deadlineSeconds, adaptDeadline, cohort, overSelection, retries } = rounds;
  const share = cohort?.count ?? `${100 * (cohort?.fraction ?? 1)} %`;
  const over = overSelection === 1 ? '' : `, ${overSelection} times as many asked`;
  const who =
    rounds.mode === 'buffered'
      ? `closes after ${rounds.bufferSize ?? participants} arrivals`
      : `${share} of those online${over}`;
  const deadline = `${deadlineSeconds} s${adaptDeadline ? ' or as the slowest needs' : ''}`;
  const tries = `quorum ${quorum}, ${deadline}, ${retries} retries`;
  return `from ${participants} participants, ${cohort === undefined && rounds.mode === 'synchronous' ? 'all' : who}, ${tries}`;
}

function stopText({ earlyStop }: TaskGroup['settings']['rounds']): string | null {
  if (earlyStop === undefined) return null;
  const { metric, goal, patience, minDelta } = earlyStop;
  return `when ${metric} gets no ${goal}${minDelta === 0 ? '' : ` by more than ${minDelta}`} for ${patience} rounds`;
}

/** Why a group does not move on: paused, ended, or somebody is missing; null where it moves. */
function reasonText({ pausedReason, endedReason, waiting }: TaskGroup): string | null {
  return pausedReason ?? endedReason ?? (waiting === null ? null : waitingText(waiting));
}

function waitingText({ what, here, needed, missing }: WaitingFor): string {
  const figures =
    what === 'members'
      ? `${here} of ${needed} members needed are here`
      : `${here} of ${needed} contributions are in`;
  if (missing === null || missing.length === 0) return figures;
  const words = {
    offline: ' (offline)',
    away: ' (away)',
    probing: ' (its probe isn’t here yet)',
    revoked: ' (its key was revoked)',
    online: '',
  };
  const names = missing.map(({ participant, why }) => `${participant}${words[why]}`);
  return `${figures}; missing: ${names.join(', ')}`;
}
