// While its owner wants the machine to rest nothing is asked for, so that no round waits for this member. The step
// under way and the socket are seen to in open-session.ts; when a rest begins and ends is known by guest-settings.ts.

import type { Session } from '../session/open-session.ts';
import { tellHours } from './tell-hours.ts';

/** The bell is rung at every change; this is how long a missed one could cost. */
const lookEverySeconds = 60;

/** Returns as soon as it may train; at once when it may now. */
export async function restWhileAsked(session: Session): Promise<void> {
  const { options, bell, log, progress } = session;
  const { guest } = options;
  if (guest === undefined || guest.rest() === null) return;
  await tellHours(session); // in UTC they are others after a change of the clocks
  let said: string | null = null;
  for (let rest = guest.rest(); rest !== null; rest = guest.rest()) {
    if (rest.why !== said) progress({ kind: 'waiting', why: rest.why });
    said = rest.why;
    await bell.wait(lookEverySeconds, options.signal);
  }
  log('info', 'the rest is over: work is asked for again');
}
