// How many rounds the group has, for whoever is told of them: asked anew once a round comes after the last that was known.
import { retry } from '../line/backoff.ts';
import type { Session } from '../session/open-session.ts';

/** After `extend` the group has more than it had when this daemon joined. */
export async function roundCount(session: Session, round: number): Promise<number> {
  const { api, log, options } = session;
  if (round > session.group.settings.rounds.count) {
    const { signal, backoff } = options;
    const call = () => api.call('showGroup', { params: { group: session.group.name }, signal });
    session.group = await retry(call, { signal, log, doing: 'asking for the number of rounds', backoff });
  }
  return Math.max(session.group.settings.rounds.count, round);
}
