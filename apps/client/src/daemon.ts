// The story of a client, on one page:
//   join -> wait -> pull -> train -> contribute -> repeat, until the group is completed.
// How each step is made safe against crashes and lost connections stands in the file it is named after.
import { ApiProblem } from '@colora/protocol/api-client';
import type { Assignment } from '@colora/protocol/entities';
import { retry } from './backoff.ts';
import { pullCheckpoint } from './checkpoint-cache.ts';
import type { ClientOptions, ClientOutcome } from './client-options.ts';
import { deliver } from './deliver.ts';
import { keepGroup } from './group-workspace.ts';
import { nextStep } from './next-step.ts';
import { openSession, type Session } from './open-session.ts';
import { clearOutbox, readOutbox } from './outbox.ts';
import { personalise } from './personalise.ts';
import { refusalToClientError } from './refusals.ts';
import { evaluateAndReport, type Figures, furtherFigures } from './report.ts';
import { trainRound } from './train-round.ts';

/** What one run has done so far. */
interface Tally {
  acknowledged: number;
  figures: Figures | null;
  evaluatedVersion: number;
  finishedVersion: number;
}

/**
 * Runs a client until its group is completed or `options.signal` aborts; an unfinished step is abandoned
 * and done again at the next start. Rejects with ClientError (what can't pass), DataError or ModelError.
 */
export async function runClient(options: ClientOptions): Promise<ClientOutcome> {
  const tally: Tally = { acknowledged: 0, figures: null, evaluatedVersion: 0, finishedVersion: -1 };
  let session: Session | null = null;
  let state: ClientOutcome['state'] = 'stopped';
  try {
    session = await openSession(options);
    state = await work(session, tally);
  } catch (error) {
    if (!options.signal.aborted) throw error instanceof ApiProblem ? refusalToClientError(error) : error;
  } finally {
    await session?.close();
  }
  return {
    participant: session?.participant ?? null,
    rounds: tally.acknowledged,
    ...outcomeFigures(tally.figures),
    examples: session?.learner.summary.examples ?? 0,
    state,
  };
}

function outcomeFigures(
  figures: Figures | null,
): Pick<ClientOutcome, 'accuracy' | 'loss' | 'exactMatch' | 'spanF1'> {
  if (figures === null) return {};
  const { accuracy, loss } = figures;
  return { accuracy, loss, ...furtherFigures(figures) };
}

async function work(session: Session, tally: Tally): Promise<ClientOutcome['state']> {
  const { options, bell, progress } = session;
  for (;;) {
    const assignment = await ask(session);
    const step = nextStep(assignment, session.personal?.mark.trained ?? null, await isPending(session));
    if (step.kind === 'deliver') {
      await contribute(session, tally);
    } else if (step.kind === 'train') {
      await takePart(session, tally, assignment, step.round, step.version);
    } else {
      if (step.kind === 'finish') {
        await finish(session, tally, assignment);
        if (options.until !== 'forever') return assignment.state;
      }
      progress({ kind: 'waiting', why: step.kind === 'wait' ? step.why : 'nothing: the group is completed' });
      await bell.wait(assignment.pollSeconds, options.signal);
    }
  }
}

/** pull -> (evaluate) -> train -> contribute */
async function takePart(
  session: Session,
  tally: Tally,
  assignment: Assignment,
  round: number,
  version: number,
): Promise<void> {
  const of = session.group.settings.rounds.count;
  const shared = await pull(session, assignment);
  if (session.options.evaluate !== 'end') await evaluateOnce(session, tally, shared, version, assignment);
  session.progress({ kind: 'training', round, of });
  const { result, bytes } = await trainRound(session, round, version, shared);
  await contribute(session, tally);
  const { personalLoss, sharedLoss } = result;
  session.progress({ kind: 'contributed', round, of, bytes, personalLoss, sharedLoss });
}

async function ask(session: Session): Promise<Assignment> {
  const { signal, backoff } = session.options;
  const call = () => session.api.call('getAssignment', { params: { group: session.group.name }, signal });
  return await retry(call, { signal, log: session.log, doing: 'asking for work', backoff });
}

async function pull(session: Session, { checkpoint }: Assignment) {
  if (checkpoint === null) throw new Error('a round without a checkpoint');
  const { signal, backoff } = session.options;
  const call = () =>
    pullCheckpoint(session.bulk, session.group.name, checkpoint, session.paths.checkpoints, signal);
  const shared = await retry(call, {
    signal,
    log: session.log,
    doing: 'downloading the checkpoint',
    backoff,
  });
  await keepGroup(session.paths, {
    ...session.group,
    labels: [...session.learner.summary.labels],
    checkpoint,
  });
  return shared;
}

async function isPending(session: Session): Promise<boolean> {
  const trained = session.personal?.mark.trained;
  return trained != null && (await readOutbox(session.paths.outbox, trained.sha256)) !== null;
}

/** Sends what the outbox holds and, unless the group is paused, settles it. */
async function contribute(session: Session, tally: Tally): Promise<void> {
  const trained = session.personal?.mark.trained;
  const bytes = trained == null ? null : await readOutbox(session.paths.outbox, trained.sha256);
  if (trained == null || bytes === null) return;
  const { signal, backoff } = session.options;
  const delivery = { group: session.group.name, round: trained.round, sha256: trained.sha256, bytes };
  const result = await deliver(session.bulk, delivery, signal, session.log, backoff);
  if (result === 'kept') return;
  if (result === 'acknowledged') tally.acknowledged += 1;
  await clearOutbox(session.paths.outbox, null);
}

async function evaluateOnce(
  session: Session,
  tally: Tally,
  shared: Awaited<ReturnType<typeof pull>>,
  version: number,
  assignment: Assignment,
): Promise<void> {
  if (!session.hasHeldOut || version === 0 || tally.evaluatedVersion === version) return;
  tally.figures = await evaluateAndReport(session, shared, assignment.committedRounds);
  tally.evaluatedVersion = version;
}

/** The group is completed: fit to the final checkpoint if asked to, evaluate, and leave the workspace tidy. */
async function finish(session: Session, tally: Tally, assignment: Assignment): Promise<void> {
  const { checkpoint, committedRounds } = assignment;
  await clearOutbox(session.paths.outbox, null);
  if (checkpoint === null || tally.finishedVersion === checkpoint.version) return;
  const shared = await pull(session, assignment);
  const steps = session.options.personaliseSteps ?? 0;
  const tookPart = session.personal?.mark.trained != null;
  if (steps > 0 && !tookPart) await personalise(session, shared, checkpoint.version, steps);
  await evaluateOnce(session, tally, shared, checkpoint.version, assignment);
  tally.finishedVersion = checkpoint.version;
  session.log('info', `the group is completed after ${committedRounds} rounds`, { rounds: committedRounds });
  session.progress({ kind: 'completed', rounds: committedRounds });
}
