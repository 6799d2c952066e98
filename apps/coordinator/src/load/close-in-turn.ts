// Ends the parts of a service one after another, within bounds: a process that is told to stop has some seconds until
// it is killed. Which parts there are is not known here.
import type { Logger } from 'pino';

interface Part {
  readonly name: string;
  readonly end: () => Promise<unknown>;
}

/** Never rejects. A part that fails, or does not come to its end within so many milliseconds, is logged and left. */
export async function closeInTurn(parts: readonly Part[], limitMs: number, log: Logger): Promise<void> {
  for (const { name, end } of parts) {
    const ended = end().then(
      () => true,
      (error: unknown) => {
        log.warn({ err: error, part: name }, 'could not be closed in order; going on without it');
        return true;
      },
    );
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<boolean>((done) => {
      timer = setTimeout(() => done(false), limitMs);
    });
    if (!(await Promise.race([ended, late])))
      log.warn({ part: name, seconds: limitMs / 1000 }, 'did not close in time; going on without it');
    clearTimeout(timer);
  }
}
