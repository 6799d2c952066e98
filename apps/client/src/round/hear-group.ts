// Tells the group the figures that this member agreed to tell, hears those of its members together, and keeps what follows for
// the mixture and the verdict: predictions need no coordinator then. Killed before or after, the same is told again.
import { ApiProblem } from '@colora/protocol/api-client';
import type { FiguresAnswer, GroupFigures } from '@colora/protocol/guard/figures';
import { sleep } from '../abortable.ts';
import { figuresToTell, foundWith } from '../guard/own-figures.ts';
import { tellsFigures } from '../guard/tells-figures.ts';
import { type RetryOptions, retry } from '../line/backoff.ts';
import type { Session } from '../session/open-session.ts';
import { type Found, type GuardReport, keepGuard } from '../workspace/guard-store.ts';

/** Whoever asks: a daemon's session, or a command that has a workspace alone. */
export interface Asking extends Pick<Session, 'api' | 'log'> {
  readonly group: Pick<Session['group'], 'name'>;
  readonly paths: Pick<Session['paths'], 'guard'>;
  readonly options: Pick<RetryOptions, 'signal' | 'backoff' | 'silenceSeconds'>;
}

type Judged = GuardReport & { readonly found: Found };
const isJudged = (report: GuardReport | null): report is Judged => report?.found != null;

/** So many are enough to judge by: nobody is waited for then. */
const enoughReporters = 12;
/** Seconds between two questions while others, who are online, have still to tell. */
const pauses = [1, 2, 4, 8];

/**
 * The report in the light of the group's figures. Who tells its own waits a while for those who are still at it, since all end
 * at the same time, unless it has heard of them before; who doesn't tell takes what is there.
 */
export async function hearGroup(session: Session, report: GuardReport | null): Promise<GuardReport | null> {
  if (!isJudged(report)) return report;
  const { options, progress } = session;
  if (options.figures === false || !tellsFigures(session.group.settings))
    return await askGroup(session, report);
  const { shareOfCore, gain, standardError } = figuresToTell(report);
  session.log(
    'info',
    `tells the group three figures of its verdict: core explains ${shareOfCore} % of its examples, gain ${gain} ± ${standardError} points (--no-figures tells nothing)`,
  );
  let answer = await ask(session, report, true);
  for (const pause of pauses) {
    const heard = answer?.figures?.reporters ?? 0;
    const hasHeard = report.found.groupFigures !== null || heard >= enoughReporters;
    if (answer === null || answer.awaited === 0 || hasHeard) break;
    progress({
      kind: 'waiting',
      why: `the figures of ${answer.awaited} other ${answer.awaited === 1 ? 'member' : 'members'}`,
    });
    await sleep(pause, options.signal);
    answer = await ask(session, report, false);
  }
  return await keepHeard(session, report, answer);
}

/** What the members together say now; nothing is told. */
export async function askGroup<Report extends GuardReport | null>(
  asking: Asking,
  report: Report,
): Promise<Report | GuardReport> {
  if (!isJudged(report)) return report;
  return await keepHeard(asking, report, await ask(asking, report, false));
}

/** Null where it isn't told: by a coordinator of an earlier version, or because the group has moved on. */
async function ask(
  { api, log, options, group }: Asking,
  report: Judged,
  tells: boolean,
): Promise<FiguresAnswer | null> {
  const { signal, backoff, silenceSeconds } = options;
  const params = { group: group.name };
  const call = () =>
    tells
      ? api.call('putFigures', { params, body: figuresToTell(report), signal })
      : api.call('showFigures', { params, signal });
  try {
    const doing = tells ? 'telling the figures of its verdict' : 'asking for the group’s figures';
    const answer = await retry(call, { signal, log, doing, backoff, silenceSeconds });
    return answer.version === report.version ? answer : null;
  } catch (error) {
    if (!(error instanceof ApiProblem)) throw error;
    log('info', `the verdict is judged without the group’s figures: ${error.message}`);
    return null;
  }
}

async function keepHeard(
  { paths }: Asking,
  report: Judged,
  answer: FiguresAnswer | null,
): Promise<GuardReport> {
  if (answer === null || sameFigures(answer.figures, report.found.groupFigures)) return report;
  const renewed = { ...report, found: foundWith(report.found, answer.figures) };
  await keepGuard(paths.guard, renewed);
  return renewed;
}

const sameFigures = (one: GroupFigures | null, other: GroupFigures | null) =>
  JSON.stringify(one) === JSON.stringify(other);
