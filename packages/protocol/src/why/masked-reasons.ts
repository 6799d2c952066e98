// What a masked round waits for, and why it moves on, in words: one sentence for each cause of its own in the coordinator's table of
// steps (its rounds/round-states.ts). What a phase is, is masking/masking.ts's.
import { spanText } from '../deadlines/span-text.ts';
import type { MaskingPhase } from '../masking/masking.ts';
import { say } from './explanation.ts';

interface InPhase {
  readonly round: number;
  readonly attempt: number;
  readonly phase: MaskingPhase;
  /** With so many contributions a sum is made. */
  readonly quorum: number;
}

interface Awaited extends InPhase {
  /** To the end of the phase. */
  readonly seconds: number;
}

const waits: Readonly<Record<MaskingPhase, string>> = {
  sharing: 'waits for its members to hand in the shares of their secrets, while they train',
  masking: 'waits for masked contributions',
  signing: 'waits for its senders to sign whose contributions are summed up',
  revealing: 'waits for its senders to reveal what takes the masks off the sum',
};

const did: Readonly<Record<MaskingPhase, string>> = {
  sharing: 'handed in the shares of their secrets',
  masking: 'sent a contribution',
  signing: 'signed whose contributions are summed up',
  revealing: 'revealed their shares',
};

const short = ({ round, phase, quorum }: InPhase) =>
  `too few members of round ${round} ${did[phase]} in time: ${quorum} are needed, and enough of each one’s neighbours`;
const nothing = 'nothing of it was revealed';

export const maskedReasons = {
  awaited: (values: Awaited) =>
    say(
      `${values.phase}-awaited`,
      { ...values },
      `round ${values.round}${values.attempt > 1 ? ` in its try ${values.attempt}` : ''} ${waits[values.phase]}, for ${spanText(values.seconds)} at most`,
    ),
  /** Of a member that its phase waits for. */
  owes: (values: { participant: string; phase: Exclude<MaskingPhase, 'masking'> }) =>
    say('owes', { ...values }, `${values.participant} is online, and has not yet ${did[values.phase]}`),
  phaseComplete: (values: InPhase) =>
    say(
      'phase-complete',
      { ...values },
      `all in round ${values.round} ${did[values.phase]}: it goes on in a moment`,
    ),
  phaseOver: (values: InPhase) =>
    say(
      'phase-over',
      { ...values },
      `enough in round ${values.round} ${did[values.phase]} in time: it goes on without the others in a moment`,
    ),
  nobodyLeft: (values: InPhase) =>
    say(
      'nobody-left-to-mask',
      { ...values },
      `enough in round ${values.round} sent a contribution, and it waits for nobody else: it goes on in a moment`,
    ),
  unmasked: (values: InPhase) =>
    say(
      'unmasked',
      { ...values },
      `enough was revealed to take the masks off the sum of round ${values.round}: it is closed in a moment`,
    ),
  masksLeft: (values: InPhase) =>
    say(
      'masks-left',
      { ...values },
      `too little was revealed in time to take the masks off the sum of round ${values.round}: it fails in a moment, and the next one opens at the same checkpoint`,
    ),
  attemptShort: (values: InPhase) =>
    say(
      'attempt-short',
      { ...values },
      `${short(values)}; ${nothing}, and members are drawn anew in a moment`,
    ),
  attemptsUsed: (values: InPhase & { tries: number }) =>
    say(
      'attempts-used',
      { ...values },
      `${short(values)}, after ${values.tries} ${values.tries === 1 ? 'try' : 'tries'}: the group is paused in a moment`,
    ),
  attemptWaits: (group: string, values: InPhase & { here: number }) =>
    say(
      'attempt-waits',
      { ...values },
      `${short(values)}; ${nothing}, and it is tried again when ${values.quorum} members with masking keys can be asked, and there ${values.here === 1 ? 'is' : 'are'} ${values.here}`,
      `to give it time: colora groups extend ${group} --seconds N`,
    ),
} as const;
