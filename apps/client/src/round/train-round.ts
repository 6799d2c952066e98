// One round of work at one checkpoint: train, make the contribution's bytes, and keep everything so that
// a crash at any instant leaves either the whole round or none of it.
import { insideRange, lossRange } from '@colora/protocol/bounds/figure-ranges';
import { headPrefix } from '@colora/protocol/clusters/cluster-rows';
import type { Place } from '@colora/protocol/clusters/clusters';
import { type ContributionMetadata, encodeContributionMetadata } from '@colora/protocol/contribution';
import { isAccounted } from '@colora/protocol/privacy/budget-settings';
import { contributionForm } from '@colora/protocol/proofs/statement';
import { minMembersOf, personalRateOf, roundStepsOf, sharedRateOf } from '@colora/protocol/task-settings';
import { allFinite } from '@colora/tensors/arithmetic';
import type { TensorMap } from '@colora/tensors/tensor';
import { namedFor, nextOrder, seenBy } from '@colora/training/collaboration/cluster-view';
import { noOwnRows, type OwnRows, standingRows } from '@colora/training/head-rows/own-rows';
import type { RoundOptions } from '@colora/training/learning/learner';
import type { RoundResult } from '@colora/training/trainer';
import { ClientError } from '../client-error.ts';
import { compressContribution } from '../line/compress.ts';
import { spendingWith, tellSpending } from '../privacy/spend-round.ts';
import { keepSpending } from '../privacy/spending-store.ts';
import type { Session } from '../session/open-session.ts';
import { keepVector } from '../workspace/masked/vector-file.ts';
import { clearOutbox, putOutbox } from '../workspace/outbox.ts';
import { withSent } from '../workspace/own-account.ts';
import { keepPersonal, type PersonalState } from '../workspace/personal-store.ts';
import { makeVector } from './make-vector.ts';
import { verdictToTell } from './masked/verdict-to-tell.ts';
import type { AssignedRound } from './next-step.ts';
import { openRoundTime } from './round-time.ts';

export interface TrainedRound {
  readonly result: RoundResult;
  readonly bytes: number;
}

/** A round with the checkpoint that it is trained at. */
interface RoundInHand extends AssignedRound {
  readonly checkpoint: TensorMap;
  /** The sha256 of its file. */
  readonly madeAt: string;
  readonly place: Place | null;
  /** The labels whose rows are sent; null: all. */
  readonly travelling: readonly string[] | null;
  /** Of the group, where all of them share this member's head; else null. */
  readonly together: number | null;
  /** The largest L2 norm of a contribution that it takes; null where none is told. */
  readonly normLimit: number | null;
  /** Rounds of the group that are committed. */
  readonly committed: number;
  /** When what is masked has to be there, in even seconds. */
  readonly until: number;
}

/** What a round's steps are called among what this member's trainer does. */
export const roundWork = 'training';

/** Trains a round; when it returns, outbox and personal part are on the disk. Throws ClientError 'excessive' before it where she allows less. */
export async function trainRound(session: Session, given: RoundInHand): Promise<TrainedRound> {
  const { round, version, checkpoint, place, travelling, together } = given;
  const spending = await spendingWith(session, given.committed);
  const shared = seenBy(place, checkpoint);
  const own = standingRows(session.personal?.rows ?? noOwnRows, shared);
  const sentRows = travelling === null ? null : new Set(travelling.map((label) => headPrefix + label));
  const rows = { own, travelling: sentRows };
  const result = await trainInTime(session, { shared, round, rows, together });
  assertFinite(session, result);
  // First the contribution, then, in one rename, the personal part, residual and account with the mark that names it:
  // until the mark is there the round has not happened, and from then on it is never trained again.
  if (spending !== null) await keepSpending(session.paths.spending, spending);
  const keepMade = session.masking === null ? keepBytes : keepNumbers;
  const { metadata, sha256, bytes, sent, residual } = await keepMade(session, given, result, own);
  const personal: PersonalState = {
    personal: result.personal,
    optimizerState: result.optimizerState,
    residual,
    rows: ownRowsAfter(session, result.rows, shared),
    account:
      session.account === null
        ? null
        : withSent(session.account, {
            round,
            sha256: session.masking === null ? sha256 : null,
            tensors: sent,
          }),
    mark: {
      group: session.group.name,
      groupCreatedAt: session.group.createdAt,
      trained: {
        round,
        version,
        sha256,
        statement: statementOf(session, given, metadata, { sha256, bytes }),
        ...(together === null ? {} : { together }),
      },
      personalised: session.personal?.mark.personalised ?? null,
    },
  };
  await keepPersonal(session.paths.personal, personal);
  session.personal = personal;
  session.account = personal.account;
  await clearOutbox(session.paths.outbox, sha256);
  tellValidation(session, round, result);
  tellSpending(session, round, spending);
  return { result, bytes };
}

/** What a round came to, on the disk. */
interface Kept {
  readonly metadata: ContributionMetadata;
  readonly sha256: string;
  readonly bytes: number;
  /** As the coordinator has it, alone or in its sum. */
  readonly sent: TensorMap;
  readonly residual: TensorMap;
}

/** In the outbox, as it is sent. */
async function keepBytes(
  session: Session,
  given: RoundInHand,
  result: RoundResult,
  own: TensorMap,
): Promise<Kept> {
  const { round, checkpoint, place, normLimit } = given;
  const metadata = metadataOf(session, given, result);
  const { bytes, sent, residual, cutFrom } = compressContribution(
    namedFor(place, result.contribution),
    residualBeside(session.personal?.residual ?? new Map(), namedFor(place, own)),
    {
      settings: session.group.settings,
      metadata: encodeContributionMetadata(metadata),
      seed: session.seeds.rounding(round),
      normLimit,
      order: nextOrder(place, checkpoint),
    },
  );
  if (cutFrom !== null) {
    const norms = `its L2 norm of ${cutFrom.toPrecision(4)} is cut to the ${normLimit?.toPrecision(4)} that the round takes`;
    session.log('warn', `round ${round}: the contribution is far larger than what members send: ${norms}`, {
      round,
    });
  }
  const sha256 = await putOutbox(session.paths.outbox, bytes);
  return { metadata, sha256, bytes: bytes.byteLength, sent, residual };
}

/** Of a masked round, as numbers that every attempt at it masks (masked/send-masked.ts): what else is told of them is among the numbers. */
async function keepNumbers(session: Session, given: RoundInHand, result: RoundResult): Promise<Kept> {
  const { group, seeds, paths } = session;
  const { round, version, checkpoint } = given;
  const { contribution } = result;
  const counted = metadataOf(session, given, result);
  const verdict = await verdictToTell(session, given);
  const at = { settings: group.settings, checkpoint, verdict, seed: seeds.rounding(round) };
  const { vector, told } = makeVector(contribution, counted, at);
  const sha256 = await keepVector(paths.maskedVector, vector);
  const metadata = { kind: group.settings.training.contribution, version, round, examples: 1 };
  return { metadata, sha256, bytes: vector.byteLength, sent: told, residual: new Map() };
}

/** A row that stood in for the checkpoint's is sent whole: what an earlier sending of it lost is in it. */
function residualBeside(residual: TensorMap, own: TensorMap): TensorMap {
  return new Map([...residual].filter(([name]) => !own.has(name)));
}

/** For as long as the checkpoint's rows stay what they are: sent or not, they may not move. */
function ownRowsAfter({ group }: Session, rows: TensorMap, seen: TensorMap): OwnRows {
  if (minMembersOf(group.settings) === 1) return noOwnRows;
  return { rows, from: new Map([...rows.keys()].map((name) => [name, seen.get(name)!])) };
}

async function trainInTime(
  session: Session,
  given: Pick<RoundOptions, 'shared' | 'round' | 'rows' | 'together'>,
): Promise<RoundResult> {
  const { options, work, learner, group, tracing } = session;
  const time = openRoundTime(given.round, options.limits?.maxMinutesPerRound, options.guest);
  try {
    const steps = roundStepsOf(group.settings);
    const train = () =>
      work.during(
        { what: roundWork, round: given.round, steps },
        (onStep) => learner.trainRound({ ...given, onStep, stop: time.signal }),
        AbortSignal.any([options.signal, time.signal]),
      );
    return await tracing.during('train', train, { attributes: { 'colora.steps': steps } });
  } finally {
    time.end();
  }
}

function tellValidation({ log, group }: Session, round: number, { validation }: RoundResult): void {
  if (validation === null) return;
  const { patience } = group.settings.training;
  const { loss, takenBack, failures } = validation;
  const outcome = takenBack
    ? `personal steps taken back, they raise the validation loss (${failures} of ${patience} times in a row)`
    : 'personal steps kept';
  const end = failures >= patience ? '; the personal part stays as it is from now on' : '';
  log('info', `round ${round}: ${outcome}${end}`, { round, validationLoss: loss });
}

function metadataOf(
  session: Session,
  { round, version }: AssignedRound,
  result: RoundResult,
): ContributionMetadata {
  const { settings } = session.group;
  const kind = settings.training.contribution;
  // what is told of one's own examples is not noised: where a budget is kept none of it is told, and the weight is 1
  if (isAccounted(settings)) return { kind, version, round, examples: 1 };
  return {
    ...{ kind, version, round },
    examples: result.examples,
    ...(result.personalLoss === null ? {} : { personalLoss: insideRange(result.personalLoss, lossRange) }),
    ...(result.sharedLoss === null ? {} : { sharedLoss: insideRange(result.sharedLoss, lossRange) }),
  };
}

/** What is said of it when it is sent, but for who signs. */
function statementOf(
  { group, participant }: Session,
  { round, version, madeAt }: RoundInHand,
  { kind, examples, ...losses }: ContributionMetadata,
  { sha256, bytes }: Pick<Kept, 'sha256' | 'bytes'>,
): string {
  const { personalLoss = null, sharedLoss = null } = losses;
  return contributionForm.write({
    ...{ group: group.name, groupCreatedAt: group.createdAt, participant, key: null },
    ...{ round, version, checkpoint: madeAt, kind, examples, personalLoss, sharedLoss },
    ...{ sha256, bytes },
  });
}

function assertFinite(session: Session, result: RoundResult): void {
  if (allFinite(result.contribution) && allFinite(result.personal)) return;
  const { settings } = session.group;
  const { headRate } = settings.training;
  const [personalRate, sharedRate] = [personalRateOf(settings), sharedRateOf(settings)];
  throw new ClientError(
    'diverged',
    `training diverged (NaN or infinite values) and nothing of this round was kept; ask the group's admin for lower rates (personal ${personalRate}, shared ${sharedRate}, head ${headRate})`,
  );
}
