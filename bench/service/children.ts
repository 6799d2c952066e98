// Processes that a benchmark starts end with it, however it ends. Imported for that alone: it listens for signals.
import type { ChildProcess } from 'node:child_process';
import { processTree } from './process-figures.ts';

const children = new Set<ChildProcess>();

/** From now on this process and all below it are killed when the benchmark ends. */
export function track<Child extends ChildProcess>(child: Child): Child {
  children.add(child);
  child.once('exit', () => children.delete(child));
  return child;
}

/** At once, with all below it. */
export function killTree({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  for (const each of processTree(pid).reverse()) {
    try {
      process.kill(each, 'SIGKILL');
    } catch {
      // gone already
    }
  }
}

process.once('exit', () => {
  for (const child of children) killTree(child);
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1));
