// Bars at the bottom of a terminal with lines that stay above them, both in the columns that there are. What they say is
// bar-line.ts and their callers.
import type { MultiBar, SingleBar } from 'cli-progress';
import { type BarLine, barLine } from './bar-line.ts';
import { write } from './door.ts';
import { wrapText } from './fit-text.ts';
import { harmless } from './harmless-text.ts';

export interface Bars {
  /** A new bar, or what `shown` tells of it from now on. */
  add(shown: BarLine): (change: Partial<Omit<BarLine, 'name'>>) => void;
  /** A line that stays, there when this returns, broken where the terminal ends. */
  note(line: string): void;
  /** What `use` does with the terminal below the bars, which stand still meanwhile. */
  aside<Result>(use: () => Promise<Result>): Promise<Result>;
  close(): void;
}

interface Shown {
  line: BarLine;
  bar: SingleBar | undefined;
}

const usualColumns = 80;
/** The rest of what a bar had there. */
const eraseToEnd = '\u001b[K';

export async function openBars(out: NodeJS.WriteStream, options: { readonly keep: boolean }): Promise<Bars> {
  const { default: progress } = await import('cli-progress');
  const columns = () => out.columns || usualColumns;
  const all: Shown[] = [];
  /** Undefined while no bar moves. */
  let moving: MultiBar | undefined;

  const show = (shown: Shown) => {
    moving ??= new progress.MultiBar({
      format: (_options, _params, payload: { line: BarLine }) => barLine(payload.line, columns()),
      stream: out,
      hideCursor: true,
      clearOnComplete: !options.keep,
      linewrap: false,
    });
    const { line } = shown;
    shown.bar = moving.create(line.total, line.value, { line });
  };
  const halt = () => {
    moving?.stop();
    moving = undefined;
    for (const shown of all) shown.bar = undefined;
  };
  let asides = 0;
  return {
    add(line) {
      const shown: Shown = { line, bar: undefined };
      all.push(shown);
      if (asides === 0) show(shown);
      return (change) => {
        shown.line = { ...shown.line, ...change };
        shown.bar?.setTotal(shown.line.total);
        shown.bar?.update(shown.line.value, { line: shown.line });
      };
    },
    note(line) {
      for (const part of wrapText(harmless(line), columns() - 1)) {
        if (moving === undefined) write(out, `${part}\n`);
        else moving.log(`${part}${eraseToEnd}\n`);
      }
      moving?.update(); // else it is there at the next tick, and after the last one never
    },
    async aside(use) {
      asides += 1;
      halt();
      try {
        return await use();
      } finally {
        asides -= 1;
        if (asides === 0) for (const shown of all) show(shown);
      }
    },
    close: halt,
  };
}
