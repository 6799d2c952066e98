// How a joining person sees the rounds go by: bars on a terminal, plain lines elsewhere, one JSON line an
// event for programs. What happened is told by the daemon; nothing is decided here.
import type { LogSink } from '@colora/client/client-log';
import type { ClientProgress } from '@colora/client/session/client-options';
import { say } from './output.ts';

export interface JoinDisplay {
  readonly log: LogSink;
  readonly onProgress: (progress: ClientProgress) => void;
}

export interface JoinDisplays {
  forGroup(group: string): JoinDisplay;
  /** Something that concerns all groups. */
  note(line: string): void;
  close(): void;
}

export async function openDisplays(logJson: boolean): Promise<JoinDisplays> {
  if (logJson) return await jsonDisplays();
  return process.stderr.isTTY ? await barDisplays() : lineDisplays();
}

async function jsonDisplays(): Promise<JoinDisplays> {
  const { pino } = await import('pino');
  const logger = pino({ name: 'colora' }, pino.destination({ dest: 2, sync: true }));
  return {
    forGroup(group) {
      const log = logger.child({ group });
      return { log, onProgress: (progress) => log.info({ progress }, progress.kind) };
    },
    note: (line) => logger.info(line),
    close: () => undefined,
  };
}

function lineDisplays(): JoinDisplays {
  return { forGroup: (group) => lineDisplay(group, say), note: say, close: () => undefined };
}

/** Says each thing once: waiting for the same is not repeated at every poll. */
function lineDisplay(group: string, write: (line: string) => void): JoinDisplay {
  let waiting = '';
  return {
    log(line) {
      if (line.level === 'warn') write(`${group}: ${line.message}`);
    },
    onProgress(progress) {
      const why = progress.kind === 'waiting' ? progress.why : '';
      const repeated = progress.kind === 'waiting' && why === waiting;
      waiting = why;
      if (!repeated) write(`${group}: ${textOf(progress)}`);
    },
  };
}

async function barDisplays(): Promise<JoinDisplays> {
  const { default: progress } = await import('cli-progress');
  const bars = new progress.MultiBar({
    format: '{group} [{bar}] round {value}/{total}  {what}',
    stream: process.stderr,
    hideCursor: true,
    clearOnComplete: false,
    linewrap: false,
    barsize: 24,
  });
  return {
    forGroup(group) {
      const bar = bars.create(1, 0, { group, what: 'joining' });
      return {
        log(line) {
          if (line.level === 'warn') bars.log(`${group}: ${line.message}\n`);
        },
        onProgress(event) {
          if ('of' in event) bar.setTotal(event.of);
          if (event.kind === 'contributed') bar.update(event.round, { what: textOf(event) });
          else if (event.kind === 'completed') bar.update(event.rounds, { what: textOf(event) });
          else bar.update({ what: textOf(event) });
        },
      };
    },
    note: (line) => bars.log(`${line}\n`),
    close: () => bars.stop(),
  };
}

function textOf(progress: ClientProgress): string {
  switch (progress.kind) {
    case 'joined':
      return `joined as ${progress.participant} with ${progress.examples} examples${progress.truncated > 0 ? ` (${progress.truncated} are longer than the token limit and are cut)` : ''}`;
    case 'waiting':
      return `waiting for ${progress.why}`;
    case 'training':
      return `round ${progress.round} of ${progress.of}: training`;
    case 'contributed':
      return `round ${progress.round} of ${progress.of}: contributed${lossText(progress.sharedLoss)}`;
    case 'evaluated':
      return `after round ${progress.round}: held-out ${scoreText(progress)}${lossText(progress.loss ?? null)}`;
    case 'completed':
      return `completed after ${progress.rounds} rounds`;
  }
}

function scoreText({
  accuracy,
  exactMatch,
  spanF1,
}: {
  accuracy: number;
  exactMatch?: number;
  spanF1?: number;
}): string {
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  if (spanF1 !== undefined) return `accuracy ${percent(accuracy)} of words, F1 of spans ${percent(spanF1)}`;
  if (exactMatch === undefined) return `accuracy ${percent(accuracy)}`;
  return `accuracy ${percent(accuracy)} of tokens, exact completions ${percent(exactMatch)}`;
}

function lossText(loss: number | null): string {
  return loss === null ? '' : `, loss ${loss.toFixed(3)}`;
}
