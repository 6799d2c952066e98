// Everything a daemon needs before its first step, opened in order and closed in reverse: workspace lock, personal part,
// private data, base model (fingerprint checked), engine, and last, when nothing of these can fail any more, membership
// and hints.
import type { ApiClient } from '@colora/protocol/api-client';
import type { TaskGroup } from '@colora/protocol/entities';
import { noTracing, type Tracing } from '@colora/tracing/tracing';
import { aloneSteps, isBlended, isGuarded } from '@colora/training/collaboration/guarded-groups';
import { type Learner, startTrainer, type Trainer } from '@colora/training/trainer';
import { type Bell, createBell } from '../bell.ts';
import { type Log, logTo, withFacts } from '../client-log.ts';
import { type Agreement, agreeTo, sameAsAgreed } from '../consent/agree.ts';
import { type AloneArm, nameExamples, oneByOne, openAloneArm } from '../guard/alone-arm.ts';
import { type LanguageGuard, openLanguageGuard } from '../guard/language-guard.ts';
import { tellOtherExamples } from '../guard/other-examples.ts';
import { tellingOf } from '../guard/tells-figures.ts';
import { type CheckpointRoom, checkpointRoom } from '../line/checkpoints/checkpoint-room.ts';
import { type DailyBytes, openDailyBytes } from '../line/daily-bytes.ts';
import { connectHints } from '../line/hints.ts';
import type { Transfers } from '../line/transfers.ts';
import { assertOnlyHere } from '../receipts/used-elsewhere.ts';
import { matrixSteps } from '../work/matrix-steps.ts';
import { type Work, type WorkWatch, watchWork } from '../work/watch-work.ts';
import { type GroupPaths, groupPaths } from '../workspace/group-workspace.ts';
import { type MaskingStore, maskingOf } from '../workspace/masked/masking-store.ts';
import { clearOutbox } from '../workspace/outbox.ts';
import type { KeptAccount } from '../workspace/own-account.ts';
import { accountAtStart, type PersonalState, readPersonalOf } from '../workspace/personal-store.ts';
import { openWorkFile } from '../workspace/work-store.ts';
import { lockWorkspace } from '../workspace/workspace-lock.ts';
import { findBaseModel } from './check-base-model.ts';
import { checkFiles } from './check-files.ts';
import type { ClientOptions, ClientProgress } from './client-options.ts';
import { enterGroup, type Membership } from './enter-group.ts';
import { heedRests, unlessAtRest } from './heed-rests.ts';
import type { ProofKeys } from './known-keys.ts';
import { type PrivateData, readData, tellSetAside } from './private-data.ts';
import { readyFolder } from './ready-folder.ts';
import { toldBy } from './told-at-joining.ts';
import { type TrainingSeeds, trainingSeeds } from './training-seeds.ts';

export interface Session {
  readonly options: ClientOptions;
  readonly api: ApiClient;
  readonly transfers: Transfers;
  readonly participant: string;
  readonly contributedTo: number | null; // the latest round that it was in, by the coordinator as it joined
  readonly keys: ProofKeys;
  /** As last told by the coordinator: it may be extended (round/round-count.ts). */
  group: TaskGroup;
  readonly paths: GroupPaths;
  readonly learner: Learner;
  /** What a checkpoint of the group may be. */
  readonly room: CheckpointRoom;
  readonly seeds: TrainingSeeds;
  readonly hasHeldOut: boolean;
  readonly bell: Bell;
  /** Its lines tell participant and round. */
  readonly log: Log;
  /** Does the work of a round: what is logged is of it from then on, and traced as one. */
  readonly inRound: (round: number, work: () => Promise<void>) => Promise<void>;
  readonly tracing: Tracing;
  readonly progress: (event: ClientProgress) => void;
  readonly work: WorkWatch;
  /** Null until the first round: the learner starts from the group's seeded personal start. */
  personal: PersonalState | null;
  /** What of the shared tensors is this member's own; null where the group's members aren't guarded, as the next. */
  account: KeptAccount | null;
  readonly alone: AloneArm | null;
  /** Names its examples. */
  readonly data: string;
  /** What says how a language model's arms are blended; null of other tasks, and with too few examples. */
  readonly language: LanguageGuard | null;
  /** Of a group with secure aggregation; null of others. */
  readonly masking: MaskingStore | null;
  /** That its probe was sent is known (round/send-probe.ts). */
  isProbed: boolean;
  close(): Promise<void>;
}

type Closer = () => Promise<void> | void;

interface Opening {
  readonly options: ClientOptions;
  readonly paths: GroupPaths;
  readonly closers: Closer[];
  readonly log: Log;
  readonly work: WorkWatch;
}

export async function openSession(options: ClientOptions): Promise<Session> {
  const closers: Closer[] = [];
  const close = async () => {
    for (const closer of closers.splice(0).reverse()) await closer();
  };
  try {
    return await open(options, closers, close);
  } catch (error) {
    await close();
    throw error;
  }
}

async function open(options: ClientOptions, closers: Closer[], close: () => Promise<void>): Promise<Session> {
  const { tracing = noTracing } = options;
  const ids: { participant?: string; round?: number } = {};
  const log = withFacts(logTo(options.log), () => ids);
  const paths = groupPaths(options.workspace, options.group);
  if (options.reportOf !== undefined) {
    log(
      'info',
      'if this ends with an error, those who run the group are told two codes and a round’s number, no text; --no-reports tells nothing',
    );
  }
  await checkFiles(options);
  const lock = await lockWorkspace(paths.folder);
  closers.push(() => lock.release({ unused: true })); // who was refused leaves nothing there
  await readyFolder(options, paths, log);

  const progress = options.onProgress ?? (() => undefined);
  const file = openWorkFile(paths.work);
  closers.push(file.close);
  const work = watchWork({
    tell: unlessAtRest(options.guest, progress, (doing) => {
      progress(doing);
      file.tell(doing);
    }),
    ...(options.guest === undefined ? {} : { rests: options.guest.rests }),
  });
  const opening: Opening = { options, paths, closers, log, work };
  const preparing = (membership: Membership) => prepare(opening, membership);
  const entered = await enterGroup(options, log, preparing, toldBy(options));
  const { api, participant, contributedTo, keys, prepared } = entered;
  ids.participant = participant;
  const group = sameAsAgreed(prepared.agreement.settings, entered.group, log);
  await prepared.agreement.keep(entered.keys.signer);
  const { personal, data, named, seeds, trainer, learner, alone, language } = prepared;

  const masking = await maskingOf(paths, group);
  const transfers = { ...entered.transfers, daily: dailyOf(options, paths, progress) };
  const bell = createBell();
  const { url } = api;
  const { connections } = transfers;
  const hints =
    options.socket === false
      ? null
      : await connectHints({ url, connections, key: entered.key, group: group.name, onHint: bell.ring, log });
  closers.push(() => hints?.close());
  closers.push(heedRests(options.guest, { trainer, bell, hints, log }));
  const { truncated } = learner.summary;
  tellSetAside(data, learner.summary, log);
  log('info', `joined ${group.name} as ${participant} with ${data.examples.length} examples`, {
    participant,
    truncated,
  });
  await tellOtherExamples({ paths, group, log, data: named, isGuarded: alone !== null });
  const telling = alone === null || options.figures === false ? null : tellingOf(group.settings);
  if (telling !== null) log('info', telling);
  progress({
    kind: 'joined',
    participant,
    examples: data.examples.length,
    truncated,
    round: group.committedRounds,
    of: group.settings.rounds.count,
  });
  return {
    options,
    api,
    ...{ transfers, participant, contributedTo },
    keys,
    group,
    paths,
    learner,
    seeds,
    room: checkpointRoom(group.settings, learner.summary.checkpointTensors),
    hasHeldOut: learner.summary.heldOut > 0,
    bell,
    log,
    inRound(round, work) {
      ids.round = round;
      return tracing.during('round', work, {
        attributes: { 'colora.group': group.name, 'colora.round': round },
      });
    },
    tracing,
    progress,
    work,
    personal,
    account: alone === null ? null : accountAtStart(personal),
    alone,
    data: named,
    language,
    masking,
    isProbed: false,
    close,
  };
}

function dailyOf(
  { limits }: ClientOptions,
  paths: GroupPaths,
  progress: Session['progress'],
): DailyBytes | undefined {
  const most = limits?.maxBytesPerDay;
  return most === undefined
    ? undefined
    : openDailyBytes(paths.traffic, most, (why) => progress({ kind: 'waiting', why }));
}

/** What a member needs before it is one. */
interface Prepared {
  readonly agreement: Agreement;
  readonly personal: PersonalState | null;
  readonly data: PrivateData;
  /** Names its examples. */
  readonly named: string;
  readonly seeds: TrainingSeeds;
  readonly trainer: Trainer;
  readonly learner: Learner;
  readonly alone: AloneArm | null;
  readonly language: LanguageGuard | null;
}

/** Whatever is wrong with data, labels, base model or engine is found here. */
async function prepare(
  { options, paths, closers, log, work }: Opening,
  membership: Membership,
): Promise<Prepared> {
  const { group, participant, offer } = membership;
  const agreement = await agreeTo({ group, offer }, { ...options, paths, log });
  const personal = await readPersonalOf(paths, group);
  await clearOutbox(paths.outbox, personal?.mark.trained?.sha256 ?? null);
  await assertOnlyHere(membership, personal, { paths, log, useHere: options.useHere === true });
  const data = await readData(options, group);
  const baseModel = await findBaseModel(options.baseModel, group.settings.baseModel, paths, options.signal);
  const trainer = await openTrainer(options, closers, log);
  const seeds = await trainingSeeds(options.seed, paths, group, participant);
  const own = { baseModel, settings: group.settings, examples: [...data.examples], seed: seeds.learner };
  const opens = { what: 'opening the model' };
  const opening = (onStep: () => void, becomes: (work: Work) => void) =>
    trainer.openLearner({
      ...own,
      heldOut: [...data.heldOut],
      ...(personal === null ? {} : { personal: personal.personal, optimizerState: personal.optimizerState }),
      ...matrixSteps(opens, onStep, becomes),
    });
  const learner = await work.during(opens, opening, options.signal);
  const closing = (thing: Pick<Learner, 'close'>) => () => {
    const closed = thing.close();
    if (!options.signal.aborted) return closed;
    closed.catch(() => undefined); // it waits for the step that was abandoned; nobody else need
  };
  closers.push(closing(learner));
  const guarded = options.guard !== false && isGuarded(group.settings);
  const named = nameExamples(data.examples);
  const arm = { ...own, trainer, groupCreatedAt: group.createdAt, data: named };
  const language =
    guarded && isBlended(group.settings)
      ? await openLanguageGuard({ ...arm, pathOf: paths.aloneFold })
      : null;
  const alone = guarded
    ? oneByOne([
        await openAloneArm({
          ...{ ...arm, what: 'the model alone', path: paths.alone, steps: aloneSteps },
          ...(options.alone === undefined ? {} : { ready: options.alone }),
        }),
        ...(language?.arms ?? []),
      ])
    : null;
  if (alone !== null) closers.push(closing(alone));
  return { agreement, personal, data, named, seeds, trainer, learner, alone, language };
}

async function openTrainer(options: ClientOptions, closers: Closer[], log: Log): Promise<Trainer> {
  const { trainer } = options;
  if (typeof trainer === 'function') return await trainer();
  return trainer ?? (await startOwnTrainer(options, closers, log));
}

async function startOwnTrainer(options: ClientOptions, closers: Closer[], log: Log): Promise<Trainer> {
  const trainer = await startTrainer({
    ...(options.engine === undefined ? {} : { engine: options.engine }),
    ...(options.device === undefined ? {} : { device: options.device }),
    ...(options.threads === undefined ? {} : { threads: options.threads }),
    log: (line) => log('warn', line),
  });
  closers.push(() => trainer.close());
  log('info', `trains with ${trainer.engine} on ${trainer.device}: ${trainer.why}`, {
    engine: trainer.engine,
  });
  return trainer;
}
