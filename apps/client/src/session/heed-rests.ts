// What a rest of the machine does to a session: a step under way is held, the socket closed, and what is waited for is said. When
// to rest is the guest's affair (guest/guest-settings.ts).
import type { Trainer } from '@colora/training/trainer';
import type { Bell } from '../bell.ts';
import type { Log } from '../client-log.ts';
import type { Guest } from '../guest/guest-settings.ts';
import type { Hints } from '../line/hints.ts';
import type { WorkProgress } from '../work/watch-work.ts';
import type { ClientProgress } from './client-options.ts';

/** A step is held while the machine rests: what it waits for is told then, once. */
export function unlessAtRest(
  guest: Guest | undefined,
  progress: (event: ClientProgress) => void,
  tell: (doing: WorkProgress) => void,
): (doing: WorkProgress) => void {
  let waitsFor: string | null = null;
  return (doing) => {
    const isStep = doing.kind === 'working' && doing.steps !== null;
    const why = (isStep ? guest?.rest()?.why : undefined) ?? null;
    if (why === null) tell(doing);
    else if (why !== waitsFor) progress({ kind: 'waiting', why });
    waitsFor = why;
  };
}

/** What hears of a rest. */
interface Resting {
  readonly trainer: Trainer;
  readonly bell: Bell;
  readonly hints: Hints | null;
  readonly log: Log;
}

/**
 * When the machine has to rest, a step under way is held and the socket closed, so that no new round counts on this
 * member; after it both go on. The daemon hears of it by the bell.
 */
export function heedRests(guest: Guest | undefined, { trainer, bell, hints, log }: Resting): () => void {
  if (guest === undefined) return () => undefined;
  return guest.onChange((rest) => {
    if (rest === null) {
      trainer.resume();
      hints?.resume();
    } else {
      trainer.pause();
      hints?.pause();
    }
    log('debug', rest === null ? 'training may go on' : `training rests: waiting for ${rest.why}`);
    bell.ring();
  });
}
