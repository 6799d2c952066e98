// Progress as one rewritten line on a terminal and as plain lines elsewhere. Lines go to stdout.
import { steer, write } from './door.ts';
import { shorten } from './fit-text.ts';
import { harmlessLine } from './harmless-text.ts';
import { nowAndThen } from './now-and-then.ts';

export interface ProgressLine {
  /** A line that stays. */
  say(line: string): void;
  /** On a terminal it replaces the last progress; elsewhere it is a line of its own. */
  progress(line: string): void;
  /** The same of what goes on changing: elsewhere a line now and then. */
  now(line: string): void;
  clear(): void;
}

export function createProgressLine(out: NodeJS.WriteStream = process.stdout): ProgressLine {
  let shown = false;
  const clear = () => {
    if (shown) steer(out, '\r\u001b[K');
    shown = false;
  };
  const writing = nowAndThen(-Infinity);
  const progress = (line: string) => {
    if (!out.isTTY) {
      write(out, `  ${line}\n`);
      return;
    }
    clear();
    write(out, shorten(`  ${harmlessLine(line)}`, out.columns - 1));
    shown = true;
  };
  return {
    clear,
    progress,
    now(line) {
      if (out.isTTY || writing.due()) progress(line);
    },
    say(line) {
      clear();
      write(out, `${line}\n`);
    },
  };
}
