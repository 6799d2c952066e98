// Progress as one rewritten line on a terminal and as plain lines elsewhere. Lines go to stdout.
import { shorten } from './fit-text.ts';

export interface ProgressLine {
  /** A line that stays. */
  say(line: string): void;
  /** On a terminal it replaces the last progress; elsewhere it is a line of its own. */
  progress(line: string): void;
  clear(): void;
}

export function createProgressLine(out: NodeJS.WriteStream = process.stdout): ProgressLine {
  let shown = false;
  const clear = () => {
    if (shown) out.write('\r\u001b[K');
    shown = false;
  };
  return {
    clear,
    say(line) {
      clear();
      out.write(`${line}\n`);
    },
    progress(line) {
      if (!out.isTTY) {
        out.write(`  ${line}\n`);
        return;
      }
      clear();
      out.write(shorten(`  ${line}`, out.columns - 1));
      shown = true;
    },
  };
}
