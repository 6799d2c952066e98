// Asks what became of the contributions that this member sent, and puts what was applied into its own account. Kept with the
// next rename of the personal part: killed before, the same is asked again and answered the same.
import { ApiProblem } from '@colora/protocol/api-client';
import { isInLine, type Rollback, roundsSince } from '@colora/protocol/checkpoints/rollbacks';
import { isHeadRow } from '@colora/protocol/clusters/cluster-rows';
import type { Place } from '@colora/protocol/clusters/clusters';
import type { Applied } from '@colora/protocol/entities';
import { withCopiedRows } from '@colora/training/collaboration/cluster-view';
import { withApplied } from '@colora/training/collaboration/own-account';
import { adapterPart, standingAfter, takenBackARound } from '@colora/training/collaboration/standing-part';
import { retry } from '../line/backoff.ts';
import type { Session } from '../session/open-session.ts';
import { type KeptAccount, lostAccount, type SentContribution } from '../workspace/own-account.ts';

/** A checkpoint, and where this member belongs at it. */
interface SettledAt {
  readonly version: number;
  readonly place: Place | null;
  /** Of the group, up to that version. */
  readonly rollbacks: readonly Rollback[];
}

/** `at`: the checkpoint in hand, of which the account is in full afterwards. Called with an empty outbox. */
export async function settleAccount(session: Session, at: SettledAt): Promise<void> {
  const { account } = session;
  if (account === null || account.lost !== null) return;
  if (account.version !== null && at.version < account.version) {
    session.account = lostAccount('the coordinator was set back to an earlier checkpoint');
    return;
  }
  if (account.version !== null && !isInLine(at.rollbacks, at.version, account.version)) {
    session.account = lostAccount('the group was rolled back to a checkpoint before the last one settled');
    return;
  }
  session.account = await settled(session, account, at);
}

async function settled(
  session: Session,
  account: KeptAccount,
  { version, place, rollbacks }: SettledAt,
): Promise<KeptAccount> {
  let { applied, standing } = account;
  let at = account.version ?? 0;
  const takenBack = takenBackARound(session.group.settings);
  /** Rounds up to `next` are over, of which the last is the others' by this share. */
  const ageTo = (next: number, lastOthers: number) => {
    if (takenBack === 0) return;
    const others = next > at ? roundsSince(rollbacks, next, at) - 1 + lastOthers : 0;
    standing = standingAfter(new Map([...applied, ...standing]), others, takenBack); // all, where none was kept
    at = Math.max(at, next);
  };
  const open: SentContribution[] = [];
  for (const sent of account.open) {
    const answer = await ask(session, sent);
    if (answer === null) return lostAccount('this coordinator doesn’t tell what it applied');
    const { state, sha256, weights } = answer;
    if (state === 'dropped') continue;
    if (sent.sha256 !== null && sha256 !== sent.sha256)
      return lostAccount('a copy of this workspace, or its key, contributed elsewhere');
    if (state === 'waiting' || (answer.version ?? 0) > version) {
      open.push(sent);
      continue;
    }
    if (weights === null) return lostAccount(untellable(session));
    ageTo(answer.version ?? 0, 1 - largestOf(weights));
    if (takenBack > 0) standing = adapterPart(withApplied(standing, sent.tensors, weights));
    // a row that began before it was applied is a copy of another one as that was without it
    applied = withApplied(withCopiedRows(applied, place, (answer.version ?? 0) - 1), sent.tensors, weights);
  }
  ageTo(version, 1);
  return { applied: withCopiedRows(applied, place, version), standing, open, version, lost: null };
}

/** Its share of the adapters in that round: the largest, so that rather more of it stands. */
function largestOf(weights: Readonly<Record<string, number>>): number {
  const ofAdapters = Object.entries(weights).filter(([name]) => !isHeadRow(name));
  return Math.min(1, Math.max(0, ...ofAdapters.map(([, weight]) => weight)));
}

/** Null where a coordinator of an earlier version has no such route. */
async function ask(session: Session, { round }: SentContribution): Promise<Applied | null> {
  const { api, log, options, group } = session;
  const { signal, backoff } = options;
  const call = () => api.call('showContribution', { params: { group: group.name, round }, signal });
  try {
    return await retry(call, { signal, log, doing: 'asking what was applied', backoff });
  } catch (error) {
    if (error instanceof ApiProblem && error.problem.status === 404) return null;
    throw error;
  }
}

function untellable({ group }: Session): string {
  const { rule, optimizer } = group.settings.aggregation;
  const plainly = rule === 'mean' && optimizer === 'plain';
  return plainly
    ? 'the coordinator keeps no record any more of what it applied'
    : `with the rule ${rule} and the server optimizer ${optimizer} nobody’s own part of a checkpoint can be told`;
}
