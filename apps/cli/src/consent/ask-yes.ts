// A question that a person at the terminal answers by yes or no. Who isn't there is not asked, and never taken for a yes.
import { createInterface } from 'node:readline/promises';
import { harmlessLine } from '../terminal/harmless-text.ts';

/** Null where nobody can be asked: no terminal at either end. Throws the signal's reason. */
export async function askYes(question: string, signal: AbortSignal): Promise<boolean | null> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return null;
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  // while it listens a terminal gives Ctrl-C to it and no signal to the process
  lines.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  try {
    const answer = await lines.question(`${harmlessLine(question)} [y/N] `, { signal });
    return /^\s*y(es)?\s*$/i.test(answer);
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    lines.close();
  }
}
