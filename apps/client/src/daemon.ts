// The story of a client, on one page:
//   join -> wait -> pull -> train -> contribute -> repeat, until the group is completed.
// How each step is made safe against crashes and lost connections stands in the file it is named after.
import { ApiProblem } from '@colora/protocol/api-client';
import type { Place } from '@colora/protocol/clusters/clusters';
import type { Assignment } from '@colora/protocol/entities';
import type { TensorMap } from '@colora/tensors/tensor';
import { seenBy } from '@colora/training/collaboration/cluster-view';
import { noOwnRows, withOwnRows } from '@colora/training/head-rows/own-rows';
import { sleep } from './abortable.ts';
import { askAfterHint, pollAfter, retry } from './line/backoff.ts';
import { partialBytes, pullCheckpoint } from './line/checkpoints/checkpoint-cache.ts';
import { refusalToClientError } from './line/refusals.ts';
import { chooseCluster } from './round/choose-cluster.ts';
import { contribute, type Delivered, tellMasked, waiting } from './round/delivery/contribute.ts';
import { tellLostRounds } from './round/delivery/tell-lost-rounds.ts';
import { evaluateAndReport, type Figures, outcomeFigures } from './round/evaluate-and-report.ts';
import { askGroup, hearGroup } from './round/hear-group.ts';
import { judgeOwn } from './round/judge-own.ts';
import { maskedStep } from './round/masked/masked-step.ts';
import { type AssignedRound, type NextStep, nextStep } from './round/next-step.ts';
import { hasOtherSettings } from './round/other-settings.ts';
import { personalise } from './round/personalise.ts';
import { restWhileAsked } from './round/resting.ts';
import { roundCount } from './round/round-count.ts';
import { sendProbe } from './round/send-probe.ts';
import { settleAccount } from './round/settle-account.ts';
import { isSpoilt } from './round/spoilt-checkpoint.ts';
import { tellHours } from './round/tell-hours.ts';
import { tellStepTime } from './round/tell-step-time.ts';
import { tooLittleTime } from './round/time-left.ts';
import { trainRound } from './round/train-round.ts';
import type { ClientOptions, ClientOutcome } from './session/client-options.ts';
import { openSession, type Session } from './session/open-session.ts';
import { noticeSetBack } from './session/set-back.ts';
import { tellEnding } from './session/tell-ending.ts';
import { evenSeconds } from './work/even-seconds.ts';
import { keepGroup } from './workspace/group-workspace.ts';
import type { GuardReport } from './workspace/guard-store.ts';
import { keepPersonal } from './workspace/personal-store.ts';

/** What one run has done so far. */
interface Tally extends Delivered {
  figures: Figures | null;
  evaluatedVersion: number;
  finishedVersion: number;
  guard: GuardReport | null;
  /** The one under way, or the last; null before the first. */
  round: number | null;
  /** That the last training took; null before the first. */
  lastSeconds: number | null;
}

const theOthers: NextStep = { kind: 'wait', why: 'the others' };
const noVersion = { evaluatedVersion: 0, finishedVersion: -1 };

/**
 * Runs a client until its group is completed or `options.signal` aborts; an unfinished step is abandoned
 * and done again at the next start. Rejects with ClientError (what can't pass), DataError or ModelError.
 */
export async function runClient(options: ClientOptions): Promise<ClientOutcome> {
  const tally: Tally = {
    acknowledged: 0,
    trained: 0,
    figures: null,
    ...noVersion,
    guard: null,
    round: null,
    refusedInARow: 0,
    lastSeconds: null,
  };
  let session: Session | null = null;
  let state: ClientOutcome['state'] = 'stopped';
  try {
    let end: Awaited<ReturnType<typeof work>>;
    do {
      await session?.close();
      session = await openSession(options);
      await tellHours(session);
      await tellLostRounds(session, session.contributedTo ?? 0);
      end = await work(session, tally);
    } while (end === 'other-settings');
    state = end;
  } catch (error) {
    if (!options.signal.aborted) {
      const told = error instanceof ApiProblem ? refusalToClientError(error) : error;
      await tellEnding(options, told, tally.round);
      throw told;
    }
  } finally {
    await session?.close();
  }
  return {
    participant: session?.participant ?? null,
    rounds: tally.acknowledged,
    ...outcomeFigures(tally.figures),
    examples: session?.learner.summary.examples ?? 0,
    guard: tally.guard,
    state,
  };
}

async function work(session: Session, tally: Tally): Promise<ClientOutcome['state'] | 'other-settings'> {
  const { options, progress } = session;
  if (options.until === 'joined') return session.group.state;
  for (;;) {
    // What is finished is sent even now; nothing else is begun.
    if ((await waiting(session)) === null && !session.masking?.owes) await restWhileAsked(session);
    const assignment = await ask(session);
    if (await noticeSetBack(session, assignment)) {
      Object.assign(tally, noVersion);
      await tellLostRounds(session);
    }
    const { state, checkpoint } = assignment;
    // where rounds are still to come; it may have a place now
    if (state !== 'completed' && checkpoint !== null && (await sendProbe(session))) continue;
    const masked = session.masking === null ? 'train' : await maskedStep(session, assignment);
    if (typeof masked === 'object') await tellMasked(session, tally, masked);
    if (typeof masked === 'object' || masked === 'moved') continue;
    const pending = (await waiting(session)) !== null;
    const next = nextStep(assignment, session.personal?.mark.trained ?? null, pending);
    const step = next.kind === 'train' && masked !== 'train' ? theOthers : next;
    if (step.kind === 'deliver') {
      await contribute(session, tally);
    } else if (step.kind === 'train') {
      if (await hasOtherSettings(session, assignment)) return 'other-settings';
      await session.inRound(step.round, () => takePart(session, tally, assignment, step));
    } else {
      if (step.kind === 'finish') {
        await finish(session, tally, assignment);
        if (options.until !== 'forever') return assignment.state;
      }
      progress({ kind: 'waiting', why: step.kind === 'wait' ? step.why : 'nothing: the group is completed' });
      if (!session.masking?.owes && (await trainAlone(session))) continue;
      await rest(session, assignment);
    }
  }
}

/** Until a hint comes, or it is time to ask by itself. */
async function rest({ bell, options }: Session, assignment: Assignment): Promise<void> {
  const heard = await bell.wait(pollAfter(assignment.pollSeconds), options.signal);
  if (heard) await sleep(askAfterHint(assignment.spreadSeconds), options.signal);
}

/** Training at it would teach nothing and harm the personal part: whoever runs the group can go back to an earlier one. */
async function awaitMended(session: Session, assignment: Assignment): Promise<void> {
  const version = assignment.checkpoint?.version;
  const why = `a sound checkpoint: ${version} holds values that no training makes, and the group’s admin can roll it back`;
  session.progress({ kind: 'waiting', why });
  await rest(session, assignment);
}

/** pull -> (evaluate) -> train -> contribute */
async function takePart(
  session: Session,
  tally: Tally,
  assignment: Assignment,
  { round, version }: AssignedRound,
): Promise<void> {
  const of = await roundCount(session, round, tally.trained);
  const askedAt = evenSeconds();
  const { checkpoint, place } = await pull(session, assignment);
  await settleAccount(session, { version, place, rollbacks: assignment.rollbacks });
  if (isSpoilt(checkpoint)) return await awaitMended(session, assignment);
  if (session.options.evaluate !== 'end')
    await evaluateOnce(session, tally, assignment, shownTo(session, place, checkpoint));
  const began = evenSeconds();
  const { normLimit = null, travelling = null, members, secondsLeft: left } = assignment.round ?? {};
  const warning = tooLittleTime(tally.lastSeconds, left === undefined ? left : left - (began - askedAt));
  if (warning !== null) session.log('warn', `round ${round}: ${warning}`, { round });
  tally.round = round;
  session.progress({ kind: 'training', round, of });
  const rests = session.options.guest?.rests();
  tally.trained += 1;
  const madeAt = assignment.checkpoint!.sha256;
  const { committedRounds: committed } = assignment;
  const until = left === undefined ? Number.POSITIVE_INFINITY : askedAt + left;
  const together = members !== undefined && (place === null || place.members === members) ? members : null;
  const asked = { round, version, travelling, together, normLimit, until };
  const given = { ...asked, checkpoint, madeAt, place, committed };
  const { result, bytes } = await trainRound(session, given);
  // a step that had to rest tells nothing of the next one
  if (session.options.guest?.rests() === rests) tally.lastSeconds = evenSeconds() - began;
  const delivered = await contribute(session, tally);
  await tellStepTime(session);
  if (delivered !== 'acknowledged') return;
  const { personalLoss, sharedLoss } = result;
  session.progress({ kind: 'contributed', round, of, bytes, personalLoss, sharedLoss });
}

/** The arm trained alone is trained while there is nothing else to do: true where there was something to train. */
async function trainAlone({ alone, options, work }: Session): Promise<boolean> {
  if (alone === null || alone.done()) return false;
  await alone.trainOn(work, options.signal);
  return true;
}

async function ask(session: Session): Promise<Assignment> {
  const { signal, backoff } = session.options;
  const call = () => session.api.call('getAssignment', { params: { group: session.group.name }, signal });
  return await retry(call, { signal, log: session.log, doing: 'asking for work', backoff });
}

/** The whole checkpoint, other clusters' rows among it, and where this member belongs at it. */
async function pull(
  session: Session,
  { state, checkpoint, place: given, clusters }: Assignment,
): Promise<{ readonly checkpoint: TensorMap; readonly place: Place | null }> {
  if (checkpoint === null) throw new Error('a round without a checkpoint');
  const { signal, backoff } = session.options;
  const folder = session.paths.checkpoints;
  let furthest = 0;
  let failedAt = 0;
  const attempt = async () => {
    try {
      return await pullCheckpoint({ ...session, folder, signal }, checkpoint);
    } finally {
      failedAt = await partialBytes(folder, checkpoint);
    }
  };
  const progressed = () => {
    const further = failedAt > furthest;
    furthest = Math.max(furthest, failedAt);
    return further;
  };
  const whole = await retry(attempt, {
    signal,
    log: session.log,
    doing: 'downloading the checkpoint',
    backoff,
    progressed,
  });
  const place =
    state === 'completed' ? await chooseCluster(session, whole, { place: given, clusters }) : given;
  await keepGroup(session.paths, {
    ...session.group,
    labels: [...session.learner.summary.labels],
    data: session.data,
    checkpoint,
    place,
  });
  return { checkpoint: whole, place };
}

/** A checkpoint as this member predicts with it. */
function shownTo({ personal }: Session, place: Place | null, checkpoint: TensorMap): TensorMap {
  return withOwnRows(seenBy(place, checkpoint), personal?.rows ?? noOwnRows);
}

/** `shared`: what the assignment's checkpoint holds for this member. */
async function evaluateOnce(
  session: Session,
  tally: Tally,
  { checkpoint }: Assignment,
  shared: TensorMap,
): Promise<void> {
  const version = checkpoint?.version ?? 0;
  if (!session.hasHeldOut || version === 0 || tally.evaluatedVersion === version) return;
  tally.figures = await evaluateAndReport(session, shared, version);
  tally.evaluatedVersion = version;
}

/** The group is completed: fit to the final checkpoint if asked to, evaluate, and leave the workspace tidy. */
async function finish(session: Session, tally: Tally, assignment: Assignment): Promise<void> {
  const { checkpoint, committedRounds } = assignment;
  await contribute(session, tally); // it may count, and have its receipt still to come; else it is told to be too late
  if (checkpoint === null) return;
  if (tally.finishedVersion === checkpoint.version) {
    tally.guard = await askGroup(session, tally.guard); // others may have told theirs since
    return;
  }
  const { checkpoint: whole, place } = await pull(session, assignment);
  const shared = shownTo(session, place, whole);
  const { version } = checkpoint;
  await personalise(session, { shared, version });
  await settleAccount(session, { version, place, rollbacks: assignment.rollbacks });
  await keepAccount(session);
  await evaluateOnce(session, tally, assignment, shared);
  const judged = { checkpoint: whole, version, place };
  tally.guard = await hearGroup(session, await judgeOwn(session, judged));
  tally.finishedVersion = checkpoint.version;
  session.log('info', `the group is completed after ${committedRounds} rounds`, { rounds: committedRounds });
  session.progress({ kind: 'completed', rounds: committedRounds });
}

/** One that is kept stays where nothing is accounted for this time: no round was trained without it, or the mark's rename took it. */
async function keepAccount({ personal, account, paths }: Session): Promise<void> {
  if (personal === null || account === null || personal.account === account) return;
  await keepPersonal(paths.personal, { ...personal, account });
}
