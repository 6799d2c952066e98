// How a download or a conversion is seen: a bar on a terminal, elsewhere a plain line at every tenth of it.
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
  const { default: progress } = await import('cli-progress');
  const bars = new progress.MultiBar({
    format: '{name} [{bar}] {percentage} %  {amount}',
    stream: process.stderr,
    hideCursor: true,
    clearOnComplete: true,
    linewrap: false,
    barsize: 24,
  });
  const shown = new Map<string, ReturnType<typeof bars.create>>();
  return {
    note: (line) => bars.log(`${line}\n`),
    progress(name, done, total) {
      const amount = `${byteText(done)} of ${byteText(total)}`;
      const bar = shown.get(name) ?? bars.create(total, done, { name, amount });
      shown.set(name, bar);
      bar.update(done, { amount });
    },
    close: () => bars.stop(),
  };
}
