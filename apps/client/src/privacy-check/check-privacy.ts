// What can be read out of a member's next update? It is made here as a round would make it, and attacked as somebody would who sees it:
// which examples are hers, how many she has of each label, and of a language model which secrets. Everything happens in memory: the
// workspace stays as it is, and nothing is sent.
import type { TaskSettings } from '@colora/protocol/task-settings';
import { addScaled } from '@colora/tensors/arithmetic';
import { type Random, seededRandom } from '@colora/tensors/random';
import type { TensorMap } from '@colora/tensors/tensor';
import {
  type Canary,
  type CanaryFigures,
  canaryFigures,
  canaryOf,
  madeCanaries,
} from '@colora/training/attacks/canaries';
import type { KnownUpdate } from '@colora/training/attacks/label-counts';
import { meanSeparation, type Separation, separation } from '@colora/training/attacks/separation';
import type { Example } from '@colora/training/tasks/tasks';
import type { Learner, Trainer } from '@colora/training/trainer';
import { ClientError } from '../client-error.ts';
import { countLabels, type LabelFigures, labelFigures, skewed } from './label-figures.ts';
import type { OwnStart } from './own-start.ts';
import { type Seen, type SeenAs, seenUpdates } from './seen-updates.ts';
import { type Parts, splitExamples } from './split-examples.ts';

export interface PrivacyCheckOptions {
  readonly start: OwnStart;
  /** Folder of the base model. */
  readonly baseModel: string;
  readonly trainer: Trainer;
  readonly examples: readonly Example[];
  /** Of the same kind, not hers: told from hers, or not. Empty: half of hers. */
  readonly heldOut: readonly Example[];
  /** What simulated members are given. Empty: what is left of those held out. */
  readonly others: readonly Example[];
  /** Texts with a secret in them, each in one of her examples; none: some are made, and trained on here. */
  readonly canaries: readonly string[];
  /** Of the sum, herself among them. */
  readonly members: number;
  /** Examples of hers that are guessed at. */
  readonly most: number;
  readonly seed: string | number;
  readonly onProgress?: (what: string, done: number, of: number) => void;
}

export interface SeenFigures {
  readonly as: SeenAs;
  readonly examples: Separation;
  /** Null where the task has no labels by text, or the update tells fewer than two. */
  readonly labels: LabelFigures | null;
  /** Null but of a language model. */
  readonly canaries: CanaryFigures | null;
}

export interface PrivacyReport {
  readonly version: number;
  /** Trained on, guessed at, of others guessed at, references. */
  readonly trained: number;
  readonly guessed: number;
  readonly strangers: number;
  readonly references: number;
  /** In the sums; 1: there were too few examples for others. */
  readonly members: number;
  /** Half of her examples were held out. */
  readonly isSplit: boolean;
  readonly labels: readonly (readonly [label: string, count: number])[];
  readonly rows: readonly SeenFigures[];
}

const fewestExamples = 4;
const madeCount = 4;
const alternatives = 31;
export const mostCanaries = 16;

/** Throws ClientError 'bad-file' where there is too little to check by, and what training throws. */
export async function checkPrivacy(options: PrivacyCheckOptions): Promise<PrivacyReport> {
  const { start, seed, most, members } = options;
  const { settings } = start.group;
  const random = seededRandom(`check/${seed}`);
  const given = { ...options, heldOut: options.heldOut.filter(fits(options)), simulated: members - 1, most };
  const parts = splitExamples(given, random);
  if (parts.guessed.length < fewestExamples || parts.strangers.length < fewestExamples)
    throw new ClientError(
      'bad-file',
      `there are ${parts.guessed.length} examples and ${parts.strangers.length} of others to tell them from: it takes ${fewestExamples} of each, with labels that the examples have; --held-out names more`,
    );
  const canaries = settings.task.kind === 'causal-lm' ? canariesOf(options, random) : [];
  const planted = options.canaries.length === 0 ? canaries.map(({ text }) => ({ text })) : [];
  const own = await trainOwn(options, [...parts.trained, ...planted]);
  try {
    const others = await simulate(options, parts.others);
    const seen = seenUpdates(
      { own: own.update, others: others.map(({ update }) => update), residual: own.residual },
      settings,
    );
    const separations = await tellExamples(options, own.learner, parts, seen);
    const gains = canaries.length === 0 ? null : await tellCanaries(options, canaries, seen);
    const truth = countLabels(parts.trained);
    const known =
      truth === null
        ? []
        : [...others, ...(await simulate(options, [skewed([...parts.strangers, ...parts.references])]))];
    return {
      version: start.version,
      trained: parts.trained.length,
      guessed: parts.guessed.length,
      strangers: parts.strangers.length,
      references: parts.references.length,
      members: 1 + others.length,
      isSplit: parts.isSplit,
      labels: truth === null ? [] : [...truth],
      rows: seen.map(({ as, draws }, index) => ({
        as,
        examples: separations[index]!,
        labels: truth === null ? null : labelFigures(draws, truth, known),
        canaries: gains === null ? null : gains[index]!,
      })),
    };
  } finally {
    await own.learner.close();
  }
}

/** Who sees an update sees which labels it has rows of: an example of another is no guess. */
function fits({ examples }: PrivacyCheckOptions): (example: Example) => boolean {
  const labels = new Set(examples.flatMap((example) => ('label' in example ? [example.label] : [])));
  return (example) => !('label' in example) || labels.has(example.label);
}

/** Without clip and noise, which are put on afterwards. */
function unprotected(settings: TaskSettings): TaskSettings {
  const { clipNorm: _, noiseMultiplier: __, ...privacy } = settings.privacy;
  return { ...settings, privacy };
}

async function trainOwn(options: PrivacyCheckOptions, examples: readonly Example[]) {
  const { start, trainer, baseModel, seed, onProgress } = options;
  const { personal, group, shared, rows, round, together } = start;
  const learner = await trainer.openLearner({
    ...{ baseModel, settings: unprotected(group.settings), examples: [...examples], seed },
    ...(personal === null ? {} : { personal: personal.personal, optimizerState: personal.optimizerState }),
  });
  const onStep = (done: number, of: number) => onProgress?.('training', done, of);
  const sent = { own: rows, travelling: null };
  const result = await learner.trainRound({ shared, round, rows: sent, together, onStep });
  // clusters' rows have other names in it
  const residual: TensorMap = group.place === null ? (personal?.residual ?? new Map()) : new Map();
  return { learner, update: result.contribution, residual };
}

/** Newcomers with as many examples each. */
async function simulate(
  { start, trainer, baseModel, seed, onProgress }: PrivacyCheckOptions,
  others: Parts['others'],
): Promise<KnownUpdate[]> {
  const updates: KnownUpdate[] = [];
  for (const [index, examples] of others.entries()) {
    onProgress?.('simulating members', index + 1, others.length);
    const settings = unprotected(start.group.settings);
    const own = { baseModel, settings, examples: [...examples], seed: `${seed}/${index}` };
    const learner = await trainer.openLearner(own);
    const { shared, round, together } = start;
    const { contribution } = await learner.trainRound({ shared, round, together });
    await learner.close();
    updates.push({ update: contribution, counts: countLabels(examples) ?? new Map() });
  }
  return updates;
}

async function tellExamples(
  { start, onProgress }: PrivacyCheckOptions,
  learner: Learner,
  { guessed, strangers, references }: Parts,
  seen: readonly Seen[],
): Promise<Separation[]> {
  const updates = seen.flatMap(({ draws }) => draws);
  const onStep = (done: number, of: number) => onProgress?.('guessing examples', done, of);
  const { scores, setAside } = await learner.gradientScores({
    ...{ shared: start.shared, updates, onStep },
    examples: [...guessed, ...strangers],
    references: [...references],
  });
  const hers = guessed.length - setAside.filter((index) => index < guessed.length).length;
  let at = 0;
  return seen.map(({ draws }) => {
    const first = at;
    at += draws.length;
    return meanSeparation(
      draws.map((_, draw) => {
        const of = scores.map((score) => score[first + draw]!);
        return separation(of.slice(0, hers), of.slice(hers));
      }),
    );
  });
}

function canariesOf({ canaries, examples }: PrivacyCheckOptions, random: Random): Canary[] {
  if (canaries.length === 0) return madeCanaries(madeCount, alternatives, random);
  const texts = examples.map((example) => JSON.stringify(example));
  return canaries.slice(0, mostCanaries).map((text, index) => {
    const written = JSON.stringify(text).slice(1, -1);
    if (!texts.some((each) => each.includes(written)))
      throw new ClientError('bad-file', `canary ${index + 1} stands in none of the examples`);
    const canary = canaryOf(text, alternatives, random);
    if (canary.others.length > 0) return canary;
    throw new ClientError('bad-file', `canary ${index + 1} has no digit and no letter to guess at`);
  });
}

/** By what is seen: how much likelier each text becomes when the checkpoint moves by it. */
async function tellCanaries(
  { start, trainer, baseModel, seed, onProgress }: PrivacyCheckOptions,
  canaries: readonly Canary[],
  seen: readonly Seen[],
): Promise<CanaryFigures[]> {
  const { settings } = start.group;
  const texts = canaries.flatMap(({ text, others }) => [text, ...others]);
  const heldOut = texts.map((text) => ({ text }));
  const learner = await trainer.openLearner({ baseModel, settings, examples: [], labels: [], heldOut, seed });
  const rate = settings.training.contribution === 'gradient' ? settings.aggregation.rate : 1;
  const lossesAt = async (shared: TensorMap) => {
    const losses = await learner.heldOutLosses({ shared });
    if (losses.length === texts.length) return losses;
    throw new ClientError('bad-file', 'a canary is longer than the group’s limit of tokens');
  };
  try {
    const before = await lossesAt(start.shared);
    const figures: CanaryFigures[] = [];
    for (const [index, { draws }] of seen.entries()) {
      onProgress?.('guessing canaries', index + 1, seen.length);
      const known = new Map([...start.shared].filter(([name]) => draws[0]!.has(name)));
      const moved = new Map([...start.shared, ...addScaled(known, draws[0]!, -rate)]);
      const after = await lossesAt(moved).catch((error: unknown) => {
        if (error instanceof Error && 'code' in error && error.code === 'not-finite') return before; // noise alone
        throw error;
      });
      figures.push(
        canaryFigures(
          byCanary(
            canaries,
            before.map((loss, at) => loss - after[at]!),
          ),
        ),
      );
    }
    return figures;
  } finally {
    await learner.close();
  }
}

function byCanary(canaries: readonly Canary[], gains: readonly number[]): number[][] {
  let at = 0;
  return canaries.map(({ others }) => {
    const first = at;
    at += 1 + others.length;
    return gains.slice(first, at);
  });
}
