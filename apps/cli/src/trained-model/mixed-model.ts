// What a member of a guarded group predicts with: the model trained together and the arm trained alone, their probabilities
// mixed by the weights that its own examples gave (training's mixing-weights.ts), with as much of its personal part as they ask
// for; of language models their adapters added up
// (fold-trained.ts). Or one of them by itself, to look at.

import type { Trained } from '@colora/client/trained';
import { openBaseModel } from '@colora/models/base-model';
import { aloneSettings, isBlended } from '@colora/training/collaboration/guarded-groups';
import { mixedProbabilities } from '@colora/training/collaboration/mixing-weights';
import { unfoldModel } from '@colora/training/programs/folded-model';
import type { Prediction } from '@colora/training/tasks/tasks';
import type { Trainer } from '@colora/training/trainer';
import { foldTrained, trainedAlone } from './fold-trained.ts';
import { type ModelTensors, tensorsOf } from './model-tensors.ts';
import { personalPart } from './personal-part.ts';

/** core: shared and personal part as they were trained together. base: the base model without adapters, under that head. */
export const singleModels = ['core', 'alone', 'base'] as const;
export type SingleModel = (typeof singleModels)[number];

/** One of the models that are mixed, and how much it counts. */
export interface WeightedModel extends ModelTensors {
  readonly weight: number;
}

/** The mixture where there is one, else what was trained together. Throws UsageError where `only` names what isn't there. */
export async function modelsOf(
  trained: Trained,
  baseModel: string,
  only: SingleModel | undefined,
): Promise<WeightedModel[]> {
  const { guard, group } = trained;
  const together = async (model: 'personal' | 'base', weight: number) => ({
    ...(await tensorsOf(model, baseModel, group.settings, trained)),
    weight,
  });
  if (only === 'base') return [await together('base', 1)];
  if (only === 'core' || (guard === null && only === undefined)) return [await together('personal', 1)];
  const { alone: personal, labels, weights, ofPersonal } = trainedAlone(trained);
  const alone = { settings: aloneSettings(group.settings), labels, shared: new Map(), personal };
  if (only === 'alone') return [{ ...alone, weight: 1 }];
  if (isBlended(group.settings)) return [{ ...(await blended(trained, baseModel)), weight: 1 }];
  const core = await together('personal', weights.core);
  const { linears } = await openBaseModel(baseModel);
  const part = personalPart(core.personal, core.settings, linears, ofPersonal);
  return [
    { ...alone, weight: weights.alone },
    { ...core, personal: part },
  ];
}

async function blended(trained: Trained, baseModel: string): Promise<ModelTensors> {
  const { linears } = await openBaseModel(baseModel);
  const folded = foldTrained(trained, { linears });
  return { ...unfoldModel(trained.group.settings, linears, folded), labels: [], personal: null };
}

/** What every model answers by itself: a row a model, an answer a text. */
export async function predictEach(
  trainer: Trainer,
  baseModel: string,
  models: readonly WeightedModel[],
  texts: readonly string[],
): Promise<Prediction[][]> {
  const answers: Prediction[][] = [];
  for (const { settings, labels, shared, personal } of models) {
    const learner = await trainer.openLearner({
      ...{ baseModel, settings, labels, examples: [], seed: settings.seed },
      ...(personal === null ? {} : { personal }),
    });
    answers.push(await learner.predict({ shared, texts }));
    await learner.close();
  }
  return answers;
}

/** One answer a text; of several models the mixture's, whose label is its likeliest. */
export async function predictWith(
  trainer: Trainer,
  baseModel: string,
  models: readonly WeightedModel[],
  texts: readonly string[],
): Promise<readonly Prediction[]> {
  return mixAnswers(await predictEach(trainer, baseModel, models, texts), models);
}

/** `answers`: as predictEach gives them for these models. */
export function mixAnswers(
  answers: readonly (readonly Prediction[])[],
  models: readonly Pick<WeightedModel, 'weight'>[],
): readonly Prediction[] {
  if (models.length === 1) return answers[0]!;
  const weights = models.map(({ weight }) => weight);
  return answers[0]!.map((_, text) => {
    const each = answers.map((arm) => probabilitiesOf(arm[text]!));
    const probabilities = mixedProbabilities(each, weights);
    const [label] = Object.entries(probabilities).reduce((best, next) => (next[1] > best[1] ? next : best));
    return { label, probabilities };
  });
}

function probabilitiesOf(prediction: Prediction): Readonly<Record<string, number>> {
  if ('probabilities' in prediction) return prediction.probabilities;
  throw new Error('only labels of whole texts are mixed');
}
