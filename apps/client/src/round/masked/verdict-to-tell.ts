// What of a member's verdict goes under the mask of the group's last round: of the checkpoint that the round is trained at, since the one
// that comes of it is there when nothing is sent any more. Nobody waits for it: where it would take too long, or isn't known, it is not told.
import type { ToldVerdict } from '@colora/privacy/rings/verdict-numbers';
import type { Place } from '@colora/protocol/clusters/clusters';
import type { TensorMap } from '@colora/tensors/tensor';
import { figuresToTell } from '../../guard/own-figures.ts';
import { tellsFiguresMasked } from '../../guard/tells-figures.ts';
import type { Session } from '../../session/open-session.ts';
import { evenSeconds } from '../../work/even-seconds.ts';
import { findOut } from '../judge-own.ts';

/** A round, its checkpoint, and where this member belongs in it. */
interface LastRound {
  readonly round: number;
  readonly version: number;
  readonly checkpoint: TensorMap;
  readonly place: Place | null;
  /** Rounds of the group that are committed. */
  readonly committed: number;
  /** In even seconds. */
  readonly until: number;
}

/** Null where nothing is told. The account is settled for the round's checkpoint, but for what couldn't be. */
export async function verdictToTell(session: Session, given: LastRound): Promise<ToldVerdict | null> {
  const { group, alone, account, options, log } = session;
  const { round, version, committed, until } = given;
  const agrees = options.figures !== false && tellsFiguresMasked(group.settings);
  if (!agrees || committed + 1 < group.settings.rounds.count || alone === null) return null;
  const silent = (why: string) => {
    log('info', `round ${round}: nothing of its verdict is told: ${why}`, { round });
    return null;
  };
  if (!alone.done()) return silent('the model trained alone isn’t done');
  if (account === null || account.version !== version || account.open.length > 0)
    return silent(account?.lost ?? 'its own part of the checkpoint isn’t known yet');
  // half of what is left, so that what was trained is there in time
  const late = AbortSignal.timeout(Math.min(mostMs, Math.max(0, Math.round(500 * (until - evenSeconds())))));
  try {
    const { found, why } = await findOut(session, given, AbortSignal.any([options.signal, late]));
    if (found === null) return silent(why ?? 'there is none');
    const { version: _, ...figures } = figuresToTell({ version, found });
    const { opinion } = found.verdict;
    log(
      'info',
      `round ${round}: under the mask goes its verdict: ${figures.shareOfCore} % of its examples explained by core, gain ${figures.gain} ± ${figures.standardError} points (--no-figures tells nothing)`,
      { round },
    );
    return { opinion, figures };
  } catch (error) {
    if (options.signal.aborted) throw error;
    return silent(late.aborted ? 'it would take too long' : String(error)); // what was trained is sent all the same
  }
}

/** What a timer takes. */
const mostMs = 2 ** 31 - 1;
