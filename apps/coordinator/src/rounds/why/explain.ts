// From the state of a group to the reasons that people are told. Pure, and made of what decides its next step (round-states.ts):
// the first reason is the cause of that very step, so that the two can't contradict. Reading the state is read-facts.ts's and
// read-situation.ts's; the words are the protocol's.
import type { Reason } from '@colora/protocol/why/explanation';
import { groupReasons } from '@colora/protocol/why/group-reasons';
import { maskedReasons } from '@colora/protocol/why/masked-reasons';
import { memberReasons } from '@colora/protocol/why/member-reasons';
import type { UsualSeconds } from '../../sql/answered-rounds.ts';
import { isRefused, isWaitedFor } from '../../sql/reliable-members.ts';
import type { KnownSituation } from '../read-situation.ts';
import { type Cause, causeOf } from '../round-states.ts';

/** What is told beside the situation. */
export interface Facts {
  /** Of the group, now. */
  readonly members: number;
  readonly pausedReason: string | null;
  readonly pausedAt: Date | null;
  readonly endedReason: string | null;
  /** Whom it waits for: of the live round those who have not contributed, between rounds those who can't be asked. */
  readonly people: readonly Person[];
  /** How many more of them there are. */
  readonly more: number;
  /** They are all that there are, and not the member alone who asks. */
  readonly isOfAll: boolean;
  readonly last: LastRound | null;
}

/** A member that the group waits for, and how far it got in the live round. */
export interface Person {
  readonly participant: string;
  readonly online: boolean;
  readonly lastSeenAt: Date;
  readonly awayUntil: Date | null;
  readonly awaitsProbe: boolean;
  readonly awaitsKeys: boolean;
  /** Rounds in a row that asked it and got nothing, and of these those at whose end it was online. */
  readonly missed: number;
  readonly stalled: number;
  /** Null of the next six where the group has no live round, or it isn't so far. */
  readonly assignedAt: Date | null;
  readonly toldAt: Date | null;
  readonly downloadAt: Date | null;
  readonly downloadedAt: Date | null;
  readonly uploadAt: Date | null;
  readonly refused: Refusal | null;
  /** How its daemon ended, as it told; null where it told nothing, or was there again since. */
  readonly report: Report | null;
  readonly usual: UsualSeconds;
}

interface Report {
  readonly at: Date;
  readonly exit: string;
  readonly cause: string | null;
  readonly round: number | null;
}

interface Refusal {
  readonly at: Date;
  readonly code: string;
  readonly why: string;
}

/** The latest round that is over. */
export interface LastRound {
  readonly number: number;
  readonly openedAt: Date;
  readonly committedAt: Date | null;
  readonly failedAt: Date | null;
  readonly contributions: number;
  readonly reason: string | null;
  /** Who contributed last and when, and until when half of the contributions were in; null where nobody is told of it. */
  readonly slowest: { readonly participant: string; readonly at: Date; readonly middle: Date } | null;
  readonly refused: readonly (Refusal & { readonly participant: string })[];
}

export function explain(situation: KnownSituation, facts: Facts): Reason[] {
  const cause = causeOf(situation, situation.now);
  return [
    ...causes[cause](situation, facts),
    ...outOfReach(situation, facts),
    ...facts.people.flatMap((person) => reasonsOf(person, situation)),
    ...(facts.more > 0 ? [memberReasons.more(facts.more)] : []),
    ...lastReasons(facts.last, situation),
  ];
}

const causes: Readonly<Record<Cause, (situation: KnownSituation, facts: Facts) => Reason[]>> = {
  'not-running': notRunning,
  'no-better': ({ settings }) => [
    groupReasons.noBetter({ metric: settings.rounds.earlyStop?.metric ?? null }),
  ],
  'no-checkpoint': () => [groupReasons.noCheckpoint()],
  'no-rounds-left': ({ groupName, group }) => [
    groupReasons.noRoundsLeft(groupName, { rounds: group.committedRounds }),
  ],
  'budget-spent': ({ groupName, budget }) => [
    groupReasons.budgetSpent(groupName, {
      epsilon: budget?.epsilon ?? 0,
      delta: budget?.delta ?? 0,
      spent: budget?.spent ?? 0,
    }),
  ],
  'members-here': ({ available: here, rules }) => [
    groupReasons.membersHere({ here, needed: rules.participants }),
  ],
  'members-missing': ({ groupName, available: here, rules }, { members }) => [
    groupReasons.membersMissing(groupName, { here, needed: rules.participants, members }),
  ],
  'being-closed': (situation) => [groupReasons.beingClosed(live(situation))],
  'closer-gone': (situation) => [groupReasons.closerGone(live(situation))],
  complete: (situation) => [groupReasons.complete(live(situation))],
  'nobody-left': (situation) => [groupReasons.nobodyLeft(short(situation))],
  'still-time': (situation) => {
    const { wanted = 0, deadlineAt = situation.now, retries = 0 } = situation.round ?? {};
    const seconds = Math.max(0, secondsBetween(situation.now, deadlineAt));
    const isBuffered = situation.rules.mode === 'buffered';
    return [groupReasons.stillTime({ ...short(situation), wanted, seconds, tries: retries + 1, isBuffered })];
  },
  'quorum-at-deadline': (situation) => [groupReasons.quorumAtDeadline(short(situation))],
  'too-few': (situation) => [groupReasons.tooFew(short(situation))],
  'tries-used': (situation) => [
    groupReasons.triesUsed({ ...short(situation), tries: situation.rules.retries + 1 }),
  ],
  'nobody-to-ask': (situation) => [
    groupReasons.nobodyToAsk(situation.groupName, { ...short(situation), here: situation.available }),
  ],
  'shares-awaited': (situation) => [maskedReasons.awaited(inPhase(situation))],
  'masked-awaited': (situation) => [maskedReasons.awaited(inPhase(situation))],
  'signatures-awaited': (situation) => [maskedReasons.awaited(inPhase(situation))],
  'reveals-awaited': (situation) => [maskedReasons.awaited(inPhase(situation))],
  'phase-complete': (situation) => [maskedReasons.phaseComplete(inPhase(situation))],
  'phase-over': (situation) => [maskedReasons.phaseOver(inPhase(situation))],
  'nobody-left-to-mask': (situation) => [maskedReasons.nobodyLeft(inPhase(situation))],
  unmasked: (situation) => [maskedReasons.unmasked(inPhase(situation))],
  'masks-left': (situation) => [maskedReasons.masksLeft(inPhase(situation))],
  'attempt-short': (situation) => [maskedReasons.attemptShort(inPhase(situation))],
  'attempts-used': (situation) => [
    maskedReasons.attemptsUsed({ ...inPhase(situation), tries: situation.rules.retries + 1 }),
  ],
  'attempt-waits': (situation) => [
    maskedReasons.attemptWaits(situation.groupName, { ...inPhase(situation), here: situation.available }),
  ],
};

/** Of a masked round that collects. */
function inPhase({ roundNumber, round, attempt, rules, now }: KnownSituation) {
  const { phase = 'sharing', until = now } = round?.masked ?? {};
  const seconds = Math.max(0, secondsBetween(now, until));
  return { round: roundNumber ?? 0, attempt, phase, quorum: rules.quorum, seconds };
}

function notRunning(situation: KnownSituation, facts: Facts): Reason[] {
  const { groupName, group, now, roundId } = situation;
  switch (group.state) {
    case 'draft':
      return [groupReasons.draft(groupName)];
    case 'ready':
      return [groupReasons.ready(groupName)];
    case 'completed':
      return [
        groupReasons.completed(groupName, { rounds: group.committedRounds, reason: facts.endedReason }),
      ];
    default: {
      const seconds = facts.pausedAt === null ? null : secondsBetween(facts.pausedAt, now);
      const paused = groupReasons.paused(groupName, { reason: facts.pausedReason, seconds });
      return roundId === null ? [paused] : [paused, groupReasons.roundKept(live(situation))];
    }
  }
}

/** Of a round that collects: with everybody who may still send it has too few. */
function outOfReach(situation: KnownSituation, { people, more, isOfAll }: Facts): Reason[] {
  const { groupName, group, round, rules } = situation;
  if (
    round?.state !== 'collecting' ||
    round.masked !== null ||
    group.state !== 'running' ||
    !isOfAll ||
    more > 0
  )
    return [];
  const open = people.filter(({ refused }) => !isDone(refused));
  const most = round.contributions + open.length;
  if (open.length === people.length || most >= rules.quorum) return [];
  return [groupReasons.outOfReach(groupName, { ...short(situation), most })];
}

function isDone(refused: Refusal | null): boolean {
  return isRefused(refused?.code ?? null);
}

function live({ roundNumber, round }: KnownSituation) {
  return { round: roundNumber ?? 0, contributions: round?.contributions ?? 0 };
}

function short(situation: KnownSituation) {
  return { ...live(situation), quorum: situation.rules.quorum };
}

function reasonsOf(person: Person, { now, roundId, roundNumber, round }: KnownSituation): Reason[] {
  const { participant, refused } = person;
  const told = reportedBy(person, now);
  if (roundId === null) return [whyNotAsked(person, now), ...told];
  const phase = round?.masked?.phase;
  if (person.online && phase !== undefined && phase !== 'masking')
    return [maskedReasons.owes({ participant, phase }), ...told];
  const progress = person.online && told.length > 0 ? [] : [progressOf(person, now)]; // online for a moment more
  if (refused === null) return [...progress, ...told];
  const { at, code: problem, why } = refused;
  const said = { participant, round: roundNumber ?? 0, problem, why, seconds: secondsBetween(at, now) };
  return [...(person.online && isDone(refused) ? [] : progress), memberReasons.refused(said), ...told];
}

/** What it did for the live round since tells that it is there again. */
function reportedBy({ participant, report, ...marks }: Person, now: Date): Reason[] {
  if (report === null) return [];
  const { at, ...told } = report;
  const { toldAt, downloadAt, downloadedAt, uploadAt } = marks;
  if ([toldAt, downloadAt, downloadedAt, uploadAt].some((mark) => mark !== null && mark > at)) return [];
  return [memberReasons.reported({ participant, seconds: secondsBetween(at, now), ...told })];
}

/** Of a member who can't be asked, between rounds. */
function whyNotAsked(
  { participant, online, lastSeenAt, awayUntil, awaitsProbe, awaitsKeys }: Person,
  now: Date,
): Reason {
  if (!online) return memberReasons.unheard({ participant, seconds: secondsBetween(lastSeenAt, now) });
  if (awaitsKeys) return memberReasons.noKeys({ participant });
  if (awaitsProbe) return memberReasons.noProbe({ participant });
  if (awayUntil !== null && awayUntil > now)
    return memberReasons.away({ participant, seconds: secondsBetween(now, awayUntil) });
  return memberReasons.outsideHours({ participant });
}

/** Of a member that the live round asked, and that has not contributed to it. */
function progressOf(person: Person, now: Date): Reason {
  const { participant, online, lastSeenAt, missed, stalled, assignedAt, usual } = person;
  if (!online) return memberReasons.unheard({ participant, seconds: secondsBetween(lastSeenAt, now) });
  if (!isWaitedFor(stalled)) return memberReasons.notWaitedFor({ participant, missed });
  const { toldAt, downloadAt, downloadedAt, uploadAt } = person;
  const since = (at: Date) => secondsBetween(at, now);
  const { download, training, upload } = usual;
  if (uploadAt !== null)
    return memberReasons.uploads({ participant, seconds: since(uploadAt), usualSeconds: upload });
  const begun = downloadedAt ?? (downloadAt === null ? toldAt : null);
  if (begun !== null)
    return memberReasons.trains({ participant, seconds: since(begun), usualSeconds: training });
  if (downloadAt !== null)
    return memberReasons.downloads({ participant, seconds: since(downloadAt), usualSeconds: download });
  return memberReasons.notTold({ participant, seconds: since(assignedAt ?? now) });
}

/** What went before: said where it helps to see what is slow now, not of a group that is over. */
function lastReasons(last: LastRound | null, { groupName, group, now }: KnownSituation): Reason[] {
  if (last === null || group.state === 'completed') return [];
  const { number: round, openedAt, committedAt, failedAt, contributions, reason, slowest, refused } = last;
  const ended =
    committedAt === null
      ? groupReasons.failed(groupName, {
          round,
          ago: failedAt === null ? null : secondsBetween(failedAt, now),
          reason,
        })
      : groupReasons.committed({
          ...{ round, contributions, ago: secondsBetween(committedAt, now) },
          lasted: secondsBetween(openedAt, committedAt),
        });
  const after = (at: Date) => secondsBetween(openedAt, at);
  return [
    ended,
    ...(slowest === null
      ? []
      : [
          memberReasons.wasLast({
            ...{ participant: slowest.participant, round },
            after: after(slowest.at),
            middle: after(slowest.middle),
          }),
        ]),
    ...refused.map(({ participant, at, code: problem, why }) =>
      memberReasons.refused({ participant, round, problem, why, seconds: secondsBetween(at, now) }),
    ),
  ];
}

/** Never negative: what was noted by a request may be a moment newer than what was read. */
function secondsBetween(from: Date, to: Date): number {
  return Math.max(0, (to.getTime() - from.getTime()) / 1000);
}
