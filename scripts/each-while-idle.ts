// Takes up one thing after the other, as many at once as the processors have time for. Knows nothing of tests.
import { availableParallelism, cpus } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';

/** Below this share of time in which the processors had nothing to do, nothing more is begun. */
const idleShare = 0.15;
const lookEveryMs = 500;

/**
 * Does `work` to all items in their order: one for each processor at least, and more, up to twice as many and one, while
 * processors are idle, since much work waits for other processes and for clocks. Rejects with the first that fails.
 */
export async function eachWhileIdle<Item>(
  items: readonly Item[],
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const waiting = [...items];
  const least = availableParallelism();
  const underWay = new Set<Promise<void>>();
  const begin = () => {
    const done = work(waiting.shift()!).finally(() => underWay.delete(done));
    underWay.add(done);
  };
  let before = times();
  while (waiting.length > 0 || underWay.size > 0) {
    while (waiting.length > 0 && underWay.size < least) begin();
    const isTime = await Promise.race([...underWay, delay(lookEveryMs, true as const)]);
    if (isTime !== true) continue;
    const now = times();
    const idle = (now.idle - before.idle) / Math.max(1, now.all - before.all);
    before = now;
    if (idle > idleShare && waiting.length > 0 && underWay.size <= 2 * least) begin();
  }
}

/** Milliseconds since the machine started, of all processors together. */
function times(): { readonly idle: number; readonly all: number } {
  const each = cpus().map(({ times }) => times);
  const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
  return { idle: sum(each.map(({ idle }) => idle)), all: sum(each.flatMap((one) => Object.values(one))) };
}
