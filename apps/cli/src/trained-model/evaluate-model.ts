// How well a workspace's model, or its base alone, does on files of examples. Reading files and evaluating are
// training's; flags and tables are commands/evaluate.ts.
import { headLabel } from '@colora/adapters/head';
import { checkBaseModel } from '@colora/client/session/check-base-model';
import type { Trained } from '@colora/client/trained';
import { openBaseModel } from '@colora/models/base-model';
import { taskKindTable } from '@colora/protocol/task-kinds';
import { type TaskSettings, taskSettingsSchema } from '@colora/protocol/task-settings';
import { isBlended } from '@colora/training/collaboration/guarded-groups';
import { readExamples } from '@colora/training/data/data';
import { describeSetAside } from '@colora/training/data/describe-set-aside';
import type { LearnerSummary } from '@colora/training/learning/learner';
import type { Example } from '@colora/training/tasks/tasks';
import type { Evaluation, Trainer } from '@colora/training/trainer';
import { evaluateArms, type Judged } from './evaluate-arms.ts';
import { modelsOf, type WeightedModel } from './mixed-model.ts';
import { type ModelTensors, tensorsOf } from './model-tensors.ts';

/**
 * base, shared, personal: as model-tensors.ts says. alone: what was trained without the others; mixed: that and the personal
 * one, as predictions are mixed.
 */
export type EvaluatedModel = 'base' | 'shared' | 'personal' | 'alone' | 'mixed';

export interface ModelEvaluation extends Evaluation {
  readonly data: string;
  readonly model: EvaluatedModel;
  /** exp(loss), of what writes text. */
  readonly perplexity?: number;
}

export interface EvaluationOptions {
  /** Folder of the base model. */
  readonly baseModel: string;
  /** Null: the base model alone. */
  readonly trained: Trained | null;
  readonly models: readonly EvaluatedModel[];
  /** One file a task, as readExamples takes them. */
  readonly data: readonly string[];
  /** Tokens of an example that are read, where no group says so. */
  readonly maxTokens: number;
  /** Told of examples that are left out. */
  readonly say: (line: string) => void;
}

/** Every model on every file. Throws what reading the examples and opening the model throw. */
export async function evaluateModel(
  trainer: Trainer,
  options: EvaluationOptions,
): Promise<ModelEvaluation[]> {
  const { baseModel, trained, models, data } = options;
  if (trained !== null) await checkBaseModel(baseModel, trained.group.settings.baseModel);
  const settings = trained?.group.settings ?? (await plainSettings(baseModel, options.maxTokens));
  const { writes } = taskKindTable[settings.task.kind];
  const evaluations: ModelEvaluation[] = [];
  for (const path of data) {
    const { examples, places } = await readExamples(path, settings.task);
    const tellSetAside = (summary: LearnerSummary) => {
      const { nothingToJudge: indices, tokenLimit } = summary;
      const line = describeSetAside({ indices, examples, places, tokenLimit, use: 'judge by' });
      if (line !== null) options.say(line);
    };
    for (const model of models) {
      const tell = model === models[0] ? tellSetAside : () => undefined;
      const judged = { baseModel, heldOut: examples, tell };
      const evaluation =
        trained !== null && (model === 'mixed' || model === 'alone')
          ? await evaluateMixed(trainer, judged, await modelsOf(trained, baseModel, onlyOf(model)))
          : await evaluateOn(trainer, {
              ...judged,
              ...(await tensorsOf(plainOf(model), baseModel, settings, trained)),
            });
      const { exactMatch, ...figures } = evaluation;
      const { loss } = figures;
      const perplexity = writes && loss !== undefined ? { perplexity: Math.exp(loss) } : {};
      const exact = exactMatch !== undefined && examples.some(hasAnswer) ? { exactMatch } : {};
      evaluations.push({ data: path, model, ...figures, ...perplexity, ...exact });
    }
  }
  return evaluations;
}

const onlyOf = (model: 'alone' | 'mixed') => (model === 'alone' ? 'alone' : undefined);
const plainOf = (model: EvaluatedModel) => (model === 'mixed' || model === 'alone' ? 'personal' : model);

/** A language model is one folded model; of labels there are several, whose probabilities are mixed. */
async function evaluateMixed(
  trainer: Trainer,
  judged: Judged,
  models: readonly WeightedModel[],
): Promise<Evaluation> {
  const { settings } = models[0]!;
  if (isBlended(settings)) return evaluateOn(trainer, { ...judged, ...models[0]! });
  return (await evaluateArms(trainer, judged, models)).mixed;
}

/** Of a language model: what its member writes with, where she is guarded the blend of both adapters. */
export async function evaluateBlend(trainer: Trainer, judged: Judged, trained: Trained): Promise<Evaluation> {
  return evaluateMixed(trainer, judged, await modelsOf(trained, judged.baseModel, undefined));
}

/** Whether a group's members have adapters in common, which can be judged by themselves. */
export function sharesAdapters({ shared }: Trained): boolean {
  return [...shared.keys()].some((name) => headLabel(name) === undefined);
}

async function evaluateOn(
  trainer: Trainer,
  { baseModel, settings, labels, shared, personal, heldOut, tell }: Judged & ModelTensors,
): Promise<Evaluation> {
  const learner = await trainer.openLearner({
    ...{ baseModel, settings, labels, heldOut, examples: [], seed: settings.seed },
    ...(personal === null ? {} : { personal }),
  });
  try {
    tell(learner.summary);
    return await learner.evaluate({ shared });
  } finally {
    await learner.close();
  }
}

/** The base model as a language model of its own, without any group. */
async function plainSettings(folder: string, maxTokens: number): Promise<TaskSettings> {
  const { modelType, fingerprint } = await openBaseModel(folder);
  return taskSettingsSchema.parse({
    baseModel: { name: modelType, modelType, fingerprint },
    task: { kind: 'causal-lm', maxTokens },
  });
}

/** Only an answer can be matched; a running text has none. */
function hasAnswer(example: Example): boolean {
  return 'completion' in example || 'messages' in example;
}
