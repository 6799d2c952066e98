// How many rounds the group has, for whoever is told of them: asked anew once a round comes after the last that was known.
import { assertAgreedWork, heldTo } from '../consent/agree.ts';
import { retry } from '../line/backoff.ts';
import type { Session } from '../session/open-session.ts';

/**
 * After `extend` the group has more than it had when this daemon joined: throws ClientError 'not-agreed' where its member has not agreed
 * to that; `trained`: rounds that this run has worked for.
 */
export async function roundCount(session: Session, round: number, trained: number): Promise<number> {
  const { api, log, options, group } = session;
  if (round > group.settings.rounds.count) {
    const { signal, backoff } = options;
    const call = () => api.call('showGroup', { params: { group: group.name }, signal });
    const told = await retry(call, { signal, log, doing: 'asking for the number of rounds', backoff });
    session.group = await heldTo(group.settings, told, {
      ...{ ...options, log, paths: session.paths },
      signer: session.keys.signer,
    });
  }
  assertAgreedWork(session.group, trained);
  return Math.max(session.group.settings.rounds.count, round);
}
