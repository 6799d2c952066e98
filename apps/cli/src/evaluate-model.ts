// How well a workspace's model, or its base alone, does on files of examples. Reading files and evaluating are
// training's; flags and tables are commands/evaluate.ts.
import { checkBaseModel } from '@colora/client/session/check-base-model';
import type { Trained } from '@colora/client/trained';
import { openBaseModel } from '@colora/models/base-model';
import { taskKindTable } from '@colora/protocol/task-kinds';
import { type TaskSettings, taskSettingsSchema } from '@colora/protocol/task-settings';
import { readExamples } from '@colora/training/data/data';
import { describeSetAside } from '@colora/training/data/describe-set-aside';
import type { LearnerSummary } from '@colora/training/learning/learner';
import type { Example } from '@colora/training/tasks/tasks';
import type { Evaluation, LearnerOptions, Trainer } from '@colora/training/trainer';
import { UsageError } from './usage-error.ts';

export type EvaluatedModel = 'personal' | 'base';

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
  if (models.includes('base') && !writes) {
    throw new UsageError(
      'a base model alone has no labels to give: --base and --compare are for language models',
    );
  }
  const evaluations: ModelEvaluation[] = [];
  for (const path of data) {
    const { examples, places } = await readExamples(path, settings.task);
    const tellSetAside = (summary: LearnerSummary) => {
      const { nothingToJudge: indices, tokenLimit } = summary;
      const line = describeSetAside({ indices, examples, places, tokenLimit, use: 'judge by' });
      if (line !== null) options.say(line);
    };
    for (const model of models) {
      const own = model === 'personal' ? trained : null;
      const tell = model === models[0] ? tellSetAside : () => undefined;
      const evaluation = await evaluateOn(trainer, { baseModel, settings, own, heldOut: examples, tell });
      const { exactMatch, ...figures } = evaluation;
      const { loss } = figures;
      const perplexity = writes && loss !== undefined ? { perplexity: Math.exp(loss) } : {};
      const exact = exactMatch !== undefined && examples.some(hasAnswer) ? { exactMatch } : {};
      evaluations.push({ data: path, model, ...figures, ...perplexity, ...exact });
    }
  }
  return evaluations;
}

interface Judged {
  /** Folder of the base model. */
  readonly baseModel: string;
  readonly settings: TaskSettings;
  /** What a workspace has learnt; null: the base model alone. */
  readonly own: Trained | null;
  readonly heldOut: readonly Example[];
  readonly tell: (summary: LearnerSummary) => void;
}

async function evaluateOn(
  trainer: Trainer,
  { baseModel, settings, own, heldOut, tell }: Judged,
): Promise<Evaluation> {
  const common = { baseModel, examples: [], heldOut, seed: settings.seed };
  const options: LearnerOptions =
    own === null
      ? { ...common, settings: { ...settings, adapter: { ...settings.adapter, targets: [] } }, labels: [] }
      : {
          ...common,
          settings,
          labels: own.group.labels,
          ...(own.personal === null ? {} : { personal: own.personal }),
        };
  const learner = await trainer.openLearner(options);
  try {
    tell(learner.summary);
    return await learner.evaluate({ shared: own?.shared ?? new Map() });
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
