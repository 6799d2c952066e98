// Questions that a person at the terminal answers, by a line, or by yes or no. Who isn't there is not asked, and never taken for a yes.
import { createInterface } from 'node:readline/promises';
import { harmlessLine } from '../terminal/harmless-text.ts';

/** What was told first, then the question. Null where nobody can be asked: no terminal at either end. Throws the signal's reason. */
export type AskLine = (told: readonly string[], question: string) => Promise<string | null>;
/** The same; whatever is no yes is a no. */
export type AskYes = (told: readonly string[], question: string) => Promise<boolean | null>;

export interface AskingPlace {
  readonly note: (line: string) => void;
  /** Keeps what else is shown at the terminal out of the way. */
  readonly aside?: <Result>(use: () => Promise<Result>) => Promise<Result>;
  readonly signal: AbortSignal;
}

/** One question at a time, for groups that join side by side. */
export function askingLine({ note, aside = (use) => use(), signal }: AskingPlace): AskLine {
  let before: Promise<unknown> = Promise.resolve();
  const ask = async (told: readonly string[], question: string) => {
    signal.throwIfAborted();
    if (!canAsk()) {
      for (const line of told) note(line);
      return null;
    }
    return await aside(async () => {
      for (const line of told) note(line);
      return await answerTo(question, signal);
    });
  };
  return (told, question) => {
    const answered = before.then(() => ask(told, question));
    before = answered.catch(() => undefined);
    return answered;
  };
}

export const canAsk = () => process.stdin.isTTY === true && process.stderr.isTTY === true;

export function askingYes(askLine: AskLine): AskYes {
  return async (told, question) => {
    const answer = await askLine(told, `${question} [y/N] `);
    return answer === null ? null : /^\s*y(es)?\s*$/i.test(answer);
  };
}

async function answerTo(question: string, signal: AbortSignal): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  // while it listens a terminal gives Ctrl-C to it and no signal to the process
  lines.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  const hungUp = new Promise<string>((resolve) => lines.once('close', () => resolve('')));
  try {
    const asked = lines.question(harmlessLine(question), { signal });
    return await Promise.race([asked, hungUp]);
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    lines.close();
  }
}
