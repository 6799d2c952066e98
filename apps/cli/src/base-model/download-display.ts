// How a download or a conversion is seen: a bar on a terminal, elsewhere a plain line at every tenth of it.
import { openBars } from '../terminal/open-bars.ts';
import { byteText, say } from '../terminal/output.ts';

export interface DownloadDisplay {
  note(line: string): void;
  /** `done` of `total` bytes of what is named; begins at the first call with that name. */
  progress(name: string, done: number, total: number): void;
  close(): void;
}

export async function openDownloadDisplay(): Promise<DownloadDisplay> {
  return process.stderr.isTTY ? await barDisplay() : lineDisplay(say);
}

export function lineDisplay(write: (line: string) => void): DownloadDisplay {
  const tenths = new Map<string, number>();
  return {
    note: write,
    progress(name, done, total) {
      const tenth = total === 0 ? 10 : Math.floor((10 * done) / total);
      if (tenth === tenths.get(name)) return;
      tenths.set(name, tenth);
      write(`${name}: ${byteText(done)} of ${byteText(total)}`);
    },
    close: () => undefined,
  };
}

async function barDisplay(): Promise<DownloadDisplay> {
  const bars = await openBars(process.stderr, { keep: false });
  const shown = new Map<string, ReturnType<typeof bars.add>>();
  return {
    note: bars.note,
    progress(name, done, total) {
      const share = total === 0 ? 1 : done / total;
      const amount = `${Math.floor(100 * share)} %`;
      const what = `${byteText(done)} of ${byteText(total)}`;
      const change = shown.get(name) ?? bars.add({ name, value: done, total, amount, what });
      shown.set(name, change);
      change({ value: done, amount, what });
    },
    close: bars.close,
  };
}
