// How a joining person sees the rounds go by: bars on a terminal, plain lines elsewhere, one JSON line an
// event for programs. What happened is told by the daemon; nothing is decided here.
import type { LogSink } from '@colora/client/client-log';
import type { ClientProgress } from '@colora/client/session/client-options';
import type { BarLine } from '../bar-line.ts';
import { jsonLines } from '../door.ts';
import { harmlessLine } from '../harmless-text.ts';
import { nowAndThen } from '../now-and-then.ts';
import { openBars } from '../open-bars.ts';
import { say } from '../output.ts';
import { statusOf, textOf } from '../progress-text.ts';

export interface JoinDisplay {
  readonly log: LogSink;
  readonly onProgress: (progress: ClientProgress) => void;
}

export interface JoinDisplays {
  forGroup(group: string): JoinDisplay;
  /** Something that concerns all groups. */
  note(line: string): void;
  /** The same of what goes on changing: a bar shows each, a log one now and then. */
  now(line: string): void;
  /** What `use` does with the terminal, with no bar in its way. */
  aside<Result>(use: () => Promise<Result>): Promise<Result>;
  close(): void;
}

export async function openDisplays(logJson: boolean): Promise<JoinDisplays> {
  if (logJson) return await jsonDisplays();
  return process.stderr.isTTY ? await barDisplays() : lineDisplays();
}

async function jsonDisplays(): Promise<JoinDisplays> {
  const { pino } = await import('pino');
  const logger = pino({ name: 'colora' }, jsonLines(process.stderr));
  return {
    forGroup(group) {
      const log = logger.child({ group });
      const writing = nowAndThen();
      return {
        log,
        onProgress: (progress) =>
          log[isWork(progress) && !writing.due() ? 'debug' : 'info']({ progress }, progress.kind),
      };
    },
    ...notes((line) => logger.info(line)),
  };
}

function lineDisplays(): JoinDisplays {
  return { forGroup: (group) => lineDisplay(group, say), ...notes(say) };
}

function notes(write: (line: string) => void): Omit<JoinDisplays, 'forGroup'> {
  const writing = nowAndThen(-Infinity);
  return {
    note: write,
    now: (line) => writing.due() && write(line),
    aside: (use) => use(),
    close: () => undefined,
  };
}

/** What is told so often that a line each would be too many, and none at all too few while a step takes minutes. */
function isWork({ kind }: ClientProgress): boolean {
  return kind === 'step' || kind === 'working';
}

/** Says each thing once: waiting for the same is not repeated at every poll. */
function lineDisplay(group: string, write: (line: string) => void): JoinDisplay {
  let waiting = '';
  const writing = nowAndThen();
  return {
    log(line) {
      if (line.level === 'warn') write(`${group}: ${harmlessLine(line.message)}`);
    },
    onProgress(progress) {
      const why = progress.kind === 'waiting' ? progress.why : '';
      const isWorking = isWork(progress);
      if (isWorking ? !writing.due() : why !== '' && why === waiting) return;
      if (!isWorking) waiting = why;
      writing.wrote();
      write(`${group}: ${harmlessLine(textOf(progress))}`);
    },
  };
}

async function barDisplays(): Promise<JoinDisplays> {
  const bars = await openBars(process.stderr, { keep: true });
  const shown: ((change: { what: string }) => void)[] = [];
  return {
    forGroup(group) {
      const show = bars.add({ name: group, value: 0, total: 1, amount: '', what: 'joining' });
      shown.push(show);
      const note = (line: string) => bars.note(`${group}: ${harmlessLine(line)}`);
      return {
        log(line) {
          if (line.level === 'warn') note(line.message);
        },
        onProgress(event) {
          if (staysOnTerminal.has(event.kind)) note(textOf(event));
          show({ ...roundsOf(event), what: statusOf(event) });
        },
      };
    },
    note: bars.note,
    aside: bars.aside,
    now: (what) => {
      for (const show of shown) show({ what });
    },
    close: bars.close,
  };
}

/** What is worth reading again after the bar has gone on. */
const staysOnTerminal: ReadonlySet<ClientProgress['kind']> = new Set(['joined', 'evaluated']);

/** Rounds that are over, of how many, and the one under way. */
function roundsOf(event: ClientProgress): Partial<Pick<BarLine, 'value' | 'total' | 'amount'>> {
  if (event.kind === 'completed') {
    return { value: 1, total: 1, amount: `${event.rounds} rounds` };
  }
  if (!('of' in event)) return {};
  const amount = `round ${event.round}/${event.of}`;
  return { value: event.kind === 'training' ? event.round - 1 : event.round, total: event.of, amount };
}
