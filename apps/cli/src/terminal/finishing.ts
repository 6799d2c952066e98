// What is said while a command that was told to stop waits for the step under way, which is native code and can't be
// interrupted: how long that still takes, and how to end at once. What stops it is stop-signals.ts.
import { timeText } from './progress-text.ts';

/** Most ends come within this, and nothing need be said of them. */
const quietMs = 400;
const tellEveryMs = 1000;

/**
 * From the signal on, `tell` hears each second how long it still takes; `secondsLeft`: by estimate, null where nothing is known.
 * Returns what ends it.
 */
export function tellFinishing(
  signal: AbortSignal,
  tell: (line: string) => void,
  secondsLeft: () => number | null = () => null,
): () => void {
  let timer: NodeJS.Timeout | undefined;
  const begin = () => {
    const began = performance.now();
    const again = () => {
      const time = timeText((performance.now() - began) / 1000, secondsLeft());
      tell(`finishing the step under way${time}; Ctrl-C again ends at once`);
      timer = setTimeout(again, tellEveryMs).unref();
    };
    timer = setTimeout(again, quietMs).unref();
  };
  signal.addEventListener('abort', begin, { once: true });
  return () => {
    signal.removeEventListener('abort', begin);
    clearTimeout(timer);
  };
}
