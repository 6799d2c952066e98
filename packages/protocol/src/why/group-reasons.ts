// What decides a group's next step, and what went before, in words: one sentence for each cause of the coordinator's table of steps
// (its rounds/round-states.ts). What holds of single members is member-reasons.ts's.
import { spanText } from '../deadlines/span-text.ts';
import { say } from './explanation.ts';

interface Live {
  readonly round: number;
  readonly contributions: number;
}

interface Short extends Live {
  readonly quorum: number;
}

interface Collecting extends Short {
  /** With so many it is complete. */
  readonly wanted: number;
  /** To its deadline. */
  readonly seconds: number;
  readonly tries: number;
  readonly isBuffered: boolean;
}

const soon = 'in a moment';
const given = (count: number) => `${count} contribution${count === 1 ? '' : 's'}`;
const late = ({ round, contributions, quorum }: Short) =>
  `the deadline of round ${round} is over with ${contributions} of the ${quorum} contributions that it needs`;
const more = (group: string) => `for more rounds: colora groups extend ${group} --rounds N`;

export const groupReasons = {
  draft: (group: string) =>
    say(
      'draft',
      {},
      'it is a draft: its initial checkpoint has not been uploaded',
      `make the group by colora groups create, which uploads it, or PUT /v1/groups/${group}/checkpoints/0`,
    ),
  ready: (group: string) => say('ready', {}, 'nobody has started it yet', `colora groups start ${group}`),
  paused: (group: string, values: { reason: string | null; seconds: number | null }) =>
    say(
      'paused',
      values,
      `it has been paused${values.seconds === null ? '' : ` for ${spanText(values.seconds)}`}: ${values.reason ?? 'no reason is known'}`,
      `colora groups start ${group}`,
    ),
  roundKept: (values: Live) =>
    say(
      'round-kept',
      { ...values },
      `round ${values.round} keeps its ${given(values.contributions)}, and goes on when the group does`,
    ),
  completed: (group: string, values: { rounds: number; reason: string | null }) =>
    say(
      'completed',
      values,
      values.reason === null
        ? `it is completed: all ${values.rounds} rounds are committed`
        : `it is completed, after ${values.rounds} rounds: ${values.reason}`,
      more(group),
    ),
  noBetter: (values: { metric: string | null }) =>
    say(
      'no-better',
      values,
      `${values.metric ?? 'its metric'} gets no better: the group is completed ${soon}`,
    ),
  noCheckpoint: () => say('no-checkpoint', {}, 'it has no checkpoint to begin a round at'),
  noRoundsLeft: (group: string, values: { rounds: number }) =>
    say('no-rounds-left', values, `all its ${values.rounds} rounds are committed`, more(group)),
  budgetSpent: (group: string, values: { epsilon: number; delta: number; spent: number }) =>
    say(
      'budget-spent',
      values,
      `another round would pass the privacy budget of epsilon ${values.epsilon} at delta ${values.delta}, of which ${values.spent.toPrecision(4)} is spent: the group is completed ${soon}`,
      `for more rounds: a larger privacy.epsilon, by colora groups apply, to which each member is asked to agree; then colora groups extend ${group} --rounds N`,
    ),
  membersHere: (values: { here: number; needed: number }) =>
    say(
      'members-here',
      values,
      `a round opens ${soon}: ${values.here} members can be asked, and ${values.needed} are needed`,
    ),
  membersMissing: (group: string, values: { here: number; needed: number; members: number }) =>
    say(
      'members-missing',
      values,
      values.members < values.needed
        ? `no round can open: ${values.needed} members are needed, and it has ${values.members}`
        : `no round can open: ${values.needed} members are needed who can be asked, and of its ${values.members} members ${values.here} can be`,
      values.members < values.needed
        ? `for more members: colora groups invite ${group}; for rounds of fewer: a smaller rounds.participants, by colora groups apply`
        : null,
    ),
  stillTime: (values: Collecting) => {
    const { isBuffered, ...told } = values;
    return say('still-time', told, collectingText(values));
  },
  /** `most`: with all who may still send. */
  outOfReach: (group: string, values: Short & { most: number }) =>
    say(
      'out-of-reach',
      { ...values },
      `with what was refused round ${values.round} comes to ${values.most} at most of the ${values.quorum} that it needs, unless somebody else joins`,
      `what was refused, and why, stands below; once that is mended, colora rounds cancel ${group} ${values.round} begins another round`,
    ),
  complete: (values: Live) =>
    say(
      'complete',
      { ...values },
      `round ${values.round} has the ${given(values.contributions)} that it wants, and is closed ${soon}`,
    ),
  nobodyLeft: (values: Short) =>
    say(
      'nobody-left',
      { ...values },
      `round ${values.round} has ${given(values.contributions)}, needs ${values.quorum} and waits for nobody else: it is closed ${soon}`,
    ),
  quorumAtDeadline: (values: Short) =>
    say(
      'quorum-at-deadline',
      { ...values },
      `the deadline of round ${values.round} is over, and its ${given(values.contributions)} are enough, of ${values.quorum} needed: it is closed ${soon}`,
    ),
  tooFew: (values: Short) => say('too-few', { ...values }, `${late(values)}: members are drawn anew ${soon}`),
  triesUsed: (values: Short & { tries: number }) =>
    say(
      'tries-used',
      { ...values },
      `${late(values)}, after ${values.tries} ${values.tries === 1 ? 'try' : 'tries'}: the group is paused ${soon}`,
    ),
  nobodyToAsk: (group: string, values: Short & { here: number }) =>
    say(
      'nobody-to-ask',
      { ...values },
      `${late(values)}; it is tried again when ${values.quorum - values.contributions} more members can be asked, and there ${values.here === 1 ? 'is' : 'are'} ${values.here}`,
      `to give it time: colora groups extend ${group} --seconds N`,
    ),
  beingClosed: (values: Live) =>
    say(
      'being-closed',
      { ...values },
      `round ${values.round} is being closed: a checkpoint is made of its ${given(values.contributions)}`,
    ),
  closerGone: (values: Live) =>
    say(
      'closer-gone',
      { ...values },
      `round ${values.round} was being closed by a coordinator that is heard of no more: another one takes over ${soon}`,
    ),
  /** Of the latest round that is over. */
  committed: (values: Live & { ago: number; lasted: number }) =>
    say(
      'round-committed',
      { ...values },
      `round ${values.round} was committed ${spanText(values.ago)} ago, ${spanText(values.lasted)} after it opened, with ${given(values.contributions)}`,
    ),
  failed: (group: string, values: { round: number; ago: number | null; reason: string | null }) =>
    say(
      'round-failed',
      values,
      `round ${values.round} failed${values.ago === null ? '' : ` ${spanText(values.ago)} ago`}: ${values.reason ?? 'no reason is known'}`,
      `colora rounds show ${group} ${values.round}`,
    ),
} as const;

function collectingText({
  round,
  contributions,
  wanted,
  quorum,
  seconds,
  tries,
  isBuffered,
}: Collecting): string {
  const has = `round ${round} has ${contributions} of ${given(wanted)}${tries > 1 ? ` in its try ${tries}` : ''}`;
  const deadline = `at its deadline in ${spanText(seconds)}`;
  if (isBuffered) return `${has}: it is closed once all are in, or ${deadline} with ${quorum} or more`;
  if (contributions >= quorum)
    return `${has}, and ${quorum} are enough: it is closed ${deadline}, or once nobody online is left to send`;
  return `${has} and needs ${quorum}: with so many it is closed once nobody online is left to send, or ${deadline}`;
}
