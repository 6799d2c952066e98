// How a joining person sees the rounds go by: bars on a terminal, plain lines elsewhere, one JSON line an
// event for programs. What happened is told by the daemon; nothing is decided here.
import type { LogSink } from '@colora/client/client-log';
import type { ClientProgress } from '@colora/client/session/client-options';
import type { BarLine } from './bar-line.ts';
import { openBars } from './open-bars.ts';
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
      return {
        log,
        onProgress: (progress) =>
          log[progress.kind === 'step' ? 'debug' : 'info']({ progress }, progress.kind),
      };
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
      if (progress.kind === 'step') return; // a line each would be too many
      const why = progress.kind === 'waiting' ? progress.why : '';
      const repeated = progress.kind === 'waiting' && why === waiting;
      waiting = why;
      if (!repeated) write(`${group}: ${textOf(progress)}`);
    },
  };
}

async function barDisplays(): Promise<JoinDisplays> {
  const bars = await openBars(process.stderr, { keep: true });
  return {
    forGroup(group) {
      const show = bars.add({ name: group, value: 0, total: 1, amount: '', what: 'joining' });
      const note = (line: string) => bars.note(`${group}: ${line}`);
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

/** Beside the bar, which names the round. */
function statusOf(event: ClientProgress): string {
  switch (event.kind) {
    case 'training':
      return 'training';
    case 'contributed':
      return `contributed${lossText(event.sharedLoss)}`;
    case 'evaluated':
      return `held-out ${scoreText(event)}`;
    case 'completed':
      return 'completed';
    case 'joined':
      return `joined as ${event.participant}`;
    default:
      return textOf(event);
  }
}

function textOf(progress: ClientProgress): string {
  switch (progress.kind) {
    case 'joined':
      return `joined as ${progress.participant} with ${progress.examples} examples${progress.truncated > 0 ? ` (${progress.truncated} are longer than the token limit and are cut)` : ''}`;
    case 'waiting':
      return `waiting for ${progress.why}`;
    case 'training':
      return `round ${progress.round} of ${progress.of}: training`;
    case 'step':
      return stepText(progress);
    case 'contributed':
      return `round ${progress.round} of ${progress.of}: contributed${lossText(progress.sharedLoss)}`;
    case 'evaluated':
      return `after round ${progress.round}: held-out ${scoreText(progress)}${lossText(progress.loss ?? null)}`;
    case 'completed':
      return `completed after ${progress.rounds} rounds`;
  }
}

function stepText({ step, steps, secondsLeft }: ClientProgress & { readonly kind: 'step' }): string {
  return `step ${step} of ${steps}${secondsLeft === null || step === steps ? '' : `, ${timeText(secondsLeft)} left`}`;
}

function timeText(seconds: number): string {
  if (seconds < 60) return `about ${Math.max(1, Math.round(seconds))} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 60 ? `about ${minutes} min` : `about ${(minutes / 60).toFixed(1)} h`;
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
