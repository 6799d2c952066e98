// Ctrl-C and SIGTERM as one AbortSignal, and a second of them as the end at once. What is said meanwhile is finishing.ts.
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { steer } from './door.ts';

export type StopName = 'SIGINT' | 'SIGTERM';

export interface StopSignals {
  readonly signal: AbortSignal;
  /** Which one came, if one did. */
  readonly received: () => StopName | null;
  release(): void;
}

/** Why a command ended before it was done. */
export class Stopped extends Error {
  override name = 'AbortError';
  readonly stopped: StopName;
  constructor(stopped: StopName) {
    super('interrupted');
    this.stopped = stopped;
  }
}

export const stopCodes = { SIGINT: 'interrupted', SIGTERM: 'terminated' } as const satisfies Record<
  StopName,
  ExitCode
>;

/** One signal may come several times at once: from the terminal, and again from npm or `timeout`. */
const sameWithinMs = 300;
/** A process that its own signal doesn't end, as the first of a container. */
const patienceMs = 500;

export function listenForStop(): StopSignals {
  const controller = new AbortController();
  let received: { readonly name: StopName; readonly at: number } | null = null;
  const stop = (name: StopName) => {
    const now = performance.now();
    if (received !== null && now - received.at > sameWithinMs) return endAtOnce(name, release);
    received ??= { name, at: now };
    controller.abort(new Stopped(received.name));
  };
  const release = () => {
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  return { signal: controller.signal, received: () => received?.name ?? null, release };
}

/** Stays until the signal comes, for what runs until somebody ends it. */
export async function stopped(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((done) => signal.addEventListener('abort', () => done(), { once: true }));
}

/**
 * Runs `work`, which the signals stop: whatever it then fails with, it was stopped. Throws Stopped, and what `work` throws.
 */
export async function stoppable<Result>(work: (stop: StopSignals) => Promise<Result>): Promise<Result> {
  const stop = listenForStop();
  try {
    return await work(stop);
  } catch (error) {
    stop.signal.throwIfAborted();
    throw error;
  } finally {
    stop.release();
  }
}

/**
 * As if nobody had listened: the system ends the process by the signal itself, which a shell tells as status 130 or 143.
 * `process.exit` would tear down the trainer's thread, and onnxruntime's binding aborts the process when that happens in the
 * middle of a run.
 */
function endAtOnce(name: StopName, release: () => void): void {
  release();
  process.removeAllListeners(name);
  if (process.stderr.isTTY) steer(process.stderr, '\u001b[?25h\n'); // a bar had hidden the cursor
  process.kill(process.pid, name);
  setTimeout(() => process.exit(exitCodes[stopCodes[name]].status), patienceMs);
}
