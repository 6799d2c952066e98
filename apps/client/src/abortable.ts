// Waiting that a signal ends, with the signal's reason. What ends it by news is bell.ts.
import { setTimeout as delay } from 'node:timers/promises';

/** Sleeps; throws the signal's reason when it aborts. */
export async function sleep(seconds: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  await delay(seconds * 1000, undefined, { signal }).catch(() => undefined);
  signal.throwIfAborted();
}

/** The work's result, or the signal's reason as soon as it aborts; abandoned work is left to end by itself. */
export async function untilAborted<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  let stop: () => void = () => undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
    work.catch(() => undefined); // what abandoned work still says, nobody hears
  }
}
