// How well a workspace's model, or its base alone, does on files of examples. Reading files and evaluating are
// training's; flags and tables are commands/evaluate.ts.
import { headLabel } from '@colora/adapters/head';
import { initialise } from '@colora/adapters/initialise';
import { checkBaseModel } from '@colora/client/session/check-base-model';
import type { Trained } from '@colora/client/trained';
import { openBaseModel } from '@colora/models/base-model';
import { taskKindTable } from '@colora/protocol/task-kinds';
import { type TaskSettings, taskSettingsSchema } from '@colora/protocol/task-settings';
import type { TensorMap } from '@colora/tensors/tensor';
import { readExamples } from '@colora/training/data/data';
import { describeSetAside } from '@colora/training/data/describe-set-aside';
import type { LearnerSummary } from '@colora/training/learning/learner';
import { taskModules } from '@colora/training/programs/task-modules';
import type { Example } from '@colora/training/tasks/tasks';
import type { Evaluation, Trainer } from '@colora/training/trainer';

/**
 * base: the base model without adapters; shared: with the shared part, the personal one at its start; personal: with both. A
 * classification's head, without which there are no labels, is the trained one in all three.
 */
export type EvaluatedModel = 'base' | 'shared' | 'personal';

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
      const evaluation = await evaluateOn(trainer, {
        ...{ baseModel, heldOut: examples, tell },
        ...(await tensorsOf(model, baseModel, settings, trained)),
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

/** Settings and tensors that make up one of the models. */
interface ModelTensors {
  readonly settings: TaskSettings;
  readonly labels: readonly string[];
  readonly shared: TensorMap;
  /** Null: at its start. */
  readonly personal: TensorMap | null;
}

interface Judged extends ModelTensors {
  /** Folder of the base model. */
  readonly baseModel: string;
  readonly heldOut: readonly Example[];
  readonly tell: (summary: LearnerSummary) => void;
}

async function tensorsOf(
  model: EvaluatedModel,
  baseModel: string,
  settings: TaskSettings,
  trained: Trained | null,
): Promise<ModelTensors> {
  const { adapter, seed } = settings;
  const plain = { ...settings, adapter: { ...adapter, targets: [] } };
  if (trained === null) return { settings: plain, labels: [], shared: new Map(), personal: null };
  const { group, shared, personal } = trained;
  const own = { settings, labels: group.labels, shared, personal };
  if (model === 'base') return { ...own, settings: plain };
  if (model === 'personal' || personal === null) return own;
  const { linears } = await openBaseModel(baseModel);
  const heads = [...personal].filter(([name]) => headLabel(name) !== undefined);
  const start = initialise(adapter, taskModules(linears, settings), 'personal', seed);
  return { ...own, personal: new Map([...start, ...heads]) };
}

/** Whether a group's members have adapters in common, which can be judged by themselves. */
export function sharesAdapters({ shared }: Trained): boolean {
  return [...shared.keys()].some((name) => headLabel(name) === undefined);
}

async function evaluateOn(
  trainer: Trainer,
  { baseModel, settings, labels, shared, personal, heldOut, tell }: Judged,
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
