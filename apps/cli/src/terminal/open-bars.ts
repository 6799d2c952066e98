// Bars at the bottom of a terminal with lines that stay above them, both in the columns that there are. What they say is
// bar-line.ts and their callers.
import type { MultiBar, SingleBar } from 'cli-progress';
import { type BarLine, barLine } from './bar-line.ts';
import { wrapText } from './fit-text.ts';
import { harmless } from './harmless-text.ts';

export interface Bars {
  /** A new bar, or what `shown` tells of it from now on. */
  add(shown: BarLine): (change: Partial<Omit<BarLine, 'name'>>) => void;
  /** A line that stays, broken where the terminal ends. */
  note(line: string): void;
  close(): void;
}

const usualColumns = 80;
/** The rest of what a bar had there. */
const eraseToEnd = '\u001b[K';

export async function openBars(out: NodeJS.WriteStream, options: { readonly keep: boolean }): Promise<Bars> {
  const { default: progress } = await import('cli-progress');
  const columns = () => out.columns || usualColumns;
  const bars: MultiBar = new progress.MultiBar({
    format: (_options, _params, payload: { shown: BarLine }) => barLine(payload.shown, columns()),
    stream: out,
    hideCursor: true,
    clearOnComplete: !options.keep,
    linewrap: false,
  });
  return {
    add(first) {
      let shown = first;
      const bar: SingleBar = bars.create(first.total, first.value, { shown });
      return (change) => {
        shown = { ...shown, ...change };
        bar.setTotal(shown.total);
        bar.update(shown.value, { shown });
      };
    },
    note(line) {
      for (const part of wrapText(harmless(line), columns() - 1)) bars.log(`${part}${eraseToEnd}\n`);
    },
    close: () => bars.stop(),
  };
}
