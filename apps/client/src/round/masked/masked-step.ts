// This member's next step in a masked round, done: what the coordinator tells is judged by packages/privacy's member-steps.ts, what
// follows is kept in the workspace, and then it is sent. Killed anywhere she does the same again.
import { randomBytes } from 'node:crypto';
import {
  type Attempt,
  beginAttempt,
  type Move,
  nextMove,
  type OwnNumbers,
  type Standpoint,
} from '@colora/privacy/masking/member-steps';
import { verifyRoster } from '@colora/privacy/masking/roster';
import { MaskingError } from '@colora/privacy/masking-error';
import { ApiProblem } from '@colora/protocol/api-client';
import type { Assignment } from '@colora/protocol/entities';
import type { MaskedRound } from '@colora/protocol/masking/masking';
import { fewestMasked } from '@colora/protocol/masking/masking-conflicts';
import { meaningOf } from '@colora/protocol/problem-table';
import { roundSettingsHash } from '@colora/protocol/settings/changes';
import { retry } from '../../line/backoff.ts';
import type { Session } from '../../session/open-session.ts';
import { madeAtOf, type ResumeMark } from '../../workspace/personal-store.ts';
import type { MaskedDelivery } from '../delivery/contribute.ts';
import { tellLostRounds } from '../delivery/tell-lost-rounds.ts';
import { handInKeys, replaceKeys, takeKey, UnknownKey } from './masking-keys.ts';
import { sendMasked } from './send-masked.ts';

/**
 * moved: something was done, the coordinator may have more. train: nothing before her vector is there. idle: nothing now. out: nothing in this
 * round any more. Else a contribution went, and this came of it.
 */
export type MaskedStep = 'moved' | 'train' | 'idle' | 'out' | MaskedDelivery;

/** Of a group with secure aggregation; called with every assignment. */
export async function maskedStep(session: Session, assignment: Assignment): Promise<MaskedStep> {
  const { round, maskingKeys, state } = assignment;
  const masking = session.masking!;
  masking.owes = false;
  if (state !== 'running') return 'idle';
  if (await handInKeys(session, maskingKeys ?? 0)) return 'moved';
  const live = round?.masking ?? null;
  if (round === null || live === null) return 'idle';
  const { attempt: known = null } = masking.state ?? {};
  const isKnown = known?.round === round.number && known.attempt === live.attempt;
  if ((isKnown && known.refused !== null) || masking.refused.has(nameOf(round.number, live))) return 'out';
  masking.owes = isKnown && isOwing(known);
  if (!live.awaited) return isKnown && live.phase === 'sharing' ? 'train' : 'idle';
  if (isKnown && live.phase === 'masking' && known.vector === null && !hasTrained(session, round))
    return 'train';
  try {
    return await take(session, round, await ask(session, round.number));
  } catch (error) {
    // the phase ended meanwhile, say: what it comes to is asked again
    if (!(error instanceof ApiProblem) || meaningOf(error.problem).means === 'sender') throw error;
    session.log('info', `round ${round.number}: ${error.message}`, { round: round.number });
    return 'idle';
  }
}

const isOwing = ({ sharers, reveals }: Attempt) => sharers !== null && reveals === null;

const nameOf = (round: number, { attempt }: { readonly attempt: number }) => `${round}/${attempt}`;

type Round = NonNullable<Assignment['round']>;

function hasTrained({ personal }: Session, { number, version }: Round): boolean {
  const trained = personal?.mark.trained;
  return trained?.round === number && trained.version === version;
}

async function ask(session: Session, round: number): Promise<MaskedRound> {
  const { api, group, masking } = session;
  const known = masking!.state?.attempt;
  const roster = known?.round === round ? known.rosterHash : undefined;
  const query = roster === undefined ? {} : { roster };
  return await trying(session, 'asking how far the masked round is', (signal) =>
    api.call('showMasking', { params: { group: group.name, round }, query, signal }),
  );
}

async function trying<Answer>(
  { options, log }: Session,
  doing: string,
  call: (signal: AbortSignal) => Promise<Answer>,
): Promise<Answer> {
  const { signal, backoff } = options;
  return await retry(() => call(signal), { signal, log, doing, backoff });
}

function standpointOf(session: Session, round: Round): Standpoint {
  const { group, keys, masking, personal } = session;
  const { secureAggregation } = group.settings.privacy;
  const expected = {
    ...{ group: group.name, groupCreatedAt: group.createdAt, round: round.number },
    ...{ key: keys.signer.publicKey, vouchedBy: secureAggregation?.vouchedBy ?? null },
  };
  const sealingKey = Buffer.from(masking!.state!.sealingKey, 'hex');
  const trained = hasTrained(session, round) ? personal!.mark.trained! : null;
  return { expected, sealingKey, needed: fewestMasked(group.settings), numbers: numbersOf(group, trained) };
}

function numbersOf({ settings }: Session['group'], trained: ResumeMark['trained']): OwnNumbers | null {
  const checkpoint = madeAtOf(trained);
  if (trained === null || checkpoint === undefined) return null;
  return { name: trained.sha256, checkpoint, settings: roundSettingsHash(settings) };
}

async function take(session: Session, round: Round, told: MaskedRound): Promise<MaskedStep> {
  const { masking, log } = session;
  const standpoint = standpointOf(session, round);
  const known = masking!.state!.attempt;
  const move = nextMove(known, told, standpoint);
  if (move.kind === 'wait') return 'idle';
  if (move.kind === 'refuse') {
    if (known?.round === round.number) await keepAttempt(session, { ...known, refused: move.why });
    else await tellLostRounds(session); // a number from before
    return stayOut(session, told, round.number, move.why);
  }
  if (move.kind === 'begin') return await begin(session, standpoint, told, move.rosterText);
  if (move.kind === 'contribute' && !hasTrained(session, round)) return 'train';
  await keepAttempt(session, move.attempt);
  masking!.owes = isOwing(move.attempt);
  if (move.kind === 'contribute') {
    const { sent, bytes } = await sendMasked(session, move);
    if (sent !== 'acknowledged' && sent !== 'kept') {
      await keepAttempt(session, { ...move.attempt, refused: 'its contribution was not taken' });
      masking!.owes = false;
    }
    return { sent, round: round.number, bytes };
  }
  await send(session, move);
  log('info', `round ${round.number}: ${doneBy(move)}`, { round: round.number });
  return 'moved';
}

type Sent = Extract<Move, { readonly kind: 'share' | 'sign' | 'reveal' }>;

function doneBy(move: Sent): string {
  const { sealed, senders, reveals } = move.attempt;
  if (move.kind === 'share') return `secrets of its masks are shared with ${sealed.length} members`;
  if (move.kind === 'sign') return `signed that the sum is of ${senders!.length} contributions`;
  const left = move.unopened.length === 0 ? '' : `; what ${move.unopened.length} members sealed doesn’t open`;
  return `revealed ${reveals!.length} shares, which take the masks off the sum of ${senders!.length} contributions${left}`;
}

async function send(session: Session, move: Sent): Promise<void> {
  const { api, group, keys } = session;
  const { round, attempt, rosterHash: roster, sealed, reveals } = move.attempt;
  const params = { group: group.name, round };
  const to = { attempt, roster };
  if (move.kind === 'share') {
    const body = { ...to, shares: sealed.map((one) => ({ ...one })) };
    await trying(session, 'sharing the secrets of its masks', (signal) =>
      api.call('putShares', { params, body, signal }),
    );
  } else if (move.kind === 'sign') {
    const body = { ...to, signature: keys.signer.sign(move.text) };
    await trying(session, 'signing whose contributions are summed up', (signal) =>
      api.call('putSendersSignature', { params, body, signal }),
    );
  } else {
    const body = { ...to, reveals: reveals!.map((one) => ({ ...one })) };
    await trying(session, 'revealing what takes the masks off the sum', (signal) =>
      api.call('putReveals', { params, body, signal }),
    );
  }
}

/** Her part in a new attempt is made and kept; the next question is answered with it. */
async function begin(
  session: Session,
  standpoint: Standpoint,
  told: MaskedRound,
  rosterText: string,
): Promise<MaskedStep> {
  const masking = session.masking!;
  const { round } = standpoint.expected;
  try {
    const own = verifyRoster(rosterText, standpoint.expected);
    if (own.hash !== told.roster || own.roster.attempt !== told.attempt)
      throw new MaskingError(
        'bad-roster',
        'the roster doesn’t hold: it is told under another hash or attempt',
      );
    const { maskingKey, left } = takeKey(masking.state!, own);
    const attempt = beginAttempt(own, standpoint, maskingKey, randomBytes);
    await masking.keep({ ...left, attempt });
    return 'moved';
  } catch (error) {
    if (!(error instanceof MaskingError)) throw error;
    const out = stayOut(session, told, round, error.message);
    if (error instanceof UnknownKey) await replaceKeys(session, error.index);
    return out;
  }
}

/** Loudly: an honest coordinator says nothing of the kind. */
function stayOut({ masking, log }: Session, told: MaskedRound, round: number, why: string): MaskedStep {
  log('warn', `round ${round}: ${why}. This member stays out of it: nothing more of it is sent`, { round });
  masking!.refused.add(nameOf(round, told));
  return 'out';
}

async function keepAttempt({ masking }: Session, attempt: Attempt): Promise<void> {
  await masking!.keep({ ...masking!.state!, attempt });
}
