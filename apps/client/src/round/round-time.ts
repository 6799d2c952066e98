// How long training of a round may take on this machine, by its owner's word: once that is over the round ends without a trace. Rests that the machine
// was given don't count.
import { ClientError } from '../client-error.ts';
import type { Guest } from '../guest/guest-settings.ts';

export interface RoundTime {
  /** Aborts with ClientError 'excessive'. */
  readonly signal: AbortSignal;
  end(): void;
}

const lookEveryMs = 500;

/** `minutes` undefined: any. */
export function openRoundTime(
  round: number,
  minutes: number | undefined,
  guest: Pick<Guest, 'rest'> | undefined,
): RoundTime {
  const over = new AbortController();
  if (minutes === undefined) return { signal: over.signal, end: () => undefined };
  let worked = 0;
  let looked = performance.now();
  const look = () => {
    const now = performance.now();
    if ((guest?.rest() ?? null) === null) worked += now - looked;
    looked = now;
    if (worked >= 60_000 * minutes) over.abort(tooLong(round, minutes));
  };
  const timer = setInterval(look, Math.min(lookEveryMs, 60_000 * minutes));
  return { signal: over.signal, end: () => clearInterval(timer) };
}

function tooLong(round: number, minutes: number): ClientError {
  return new ClientError(
    'excessive',
    `round ${round} takes longer here than the ${minutes} minutes that --max-minutes-per-round allows; nothing of it was kept or sent. Allow more, or ask the group’s admin for fewer or smaller steps`,
  );
}
