// Asks what became of the contributions that this member sent, and puts what was applied into its own account. Kept with the
// next rename of the personal part: killed before, the same is asked again and answered the same.
import { ApiProblem } from '@colora/protocol/api-client';
import type { Place } from '@colora/protocol/clusters/clusters';
import type { Applied } from '@colora/protocol/entities';
import { withCopiedRows } from '@colora/training/collaboration/cluster-view';
import { withApplied } from '@colora/training/collaboration/own-account';
import { retry } from '../line/backoff.ts';
import type { Session } from '../session/open-session.ts';
import { type KeptAccount, lostAccount, type SentContribution } from '../workspace/own-account.ts';

/** A checkpoint, and where this member belongs at it. */
interface SettledAt {
  readonly version: number;
  readonly place: Place | null;
}

/** `at`: the checkpoint in hand, of which the account is in full afterwards. Called with an empty outbox. */
export async function settleAccount(session: Session, at: SettledAt): Promise<void> {
  const { account } = session;
  if (account === null || account.lost !== null) return;
  if (account.version !== null && at.version < account.version) {
    session.account = lostAccount('the coordinator was set back to an earlier checkpoint');
    return;
  }
  session.account = await settled(session, account, at);
}

async function settled(
  session: Session,
  account: KeptAccount,
  { version, place }: SettledAt,
): Promise<KeptAccount> {
  let { applied } = account;
  const open: SentContribution[] = [];
  for (const sent of account.open) {
    const answer = await ask(session, sent);
    if (answer === null) return lostAccount('this coordinator doesn’t tell what it applied');
    const { state, sha256, weights } = answer;
    if (state === 'dropped') continue;
    if (sha256 !== sent.sha256)
      return lostAccount('a copy of this workspace, or its key, contributed elsewhere');
    if (state === 'waiting' || (answer.version ?? 0) > version) {
      open.push(sent);
      continue;
    }
    if (weights === null) return lostAccount(untellable(session));
    // a row that began before it was applied is a copy of another one as that was without it
    applied = withApplied(withCopiedRows(applied, place, (answer.version ?? 0) - 1), sent.tensors, weights);
  }
  return { applied: withCopiedRows(applied, place, version), open, version, lost: null };
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
