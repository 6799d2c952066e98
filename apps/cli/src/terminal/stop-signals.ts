// Ctrl-C and SIGTERM as one AbortSignal. A second Ctrl-C ends the process at once.
import { exitCodes } from '../exit-codes.ts';

export interface StopSignals {
  readonly signal: AbortSignal;
  /** Which one came, if one did. */
  readonly received: () => 'SIGINT' | 'SIGTERM' | null;
  release(): void;
}

export function listenForStop(): StopSignals {
  const controller = new AbortController();
  let received: 'SIGINT' | 'SIGTERM' | null = null;
  const stop = (name: 'SIGINT' | 'SIGTERM') => {
    if (received !== null && name === 'SIGINT') process.exit(exitCodes.interrupted.status);
    received ??= name;
    controller.abort(new DOMException('stopped', 'AbortError'));
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  return {
    signal: controller.signal,
    received: () => received,
    release() {
      process.off('SIGINT', stop);
      process.off('SIGTERM', stop);
    },
  };
}
