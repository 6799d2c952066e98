// How well the models that are mixed do on held-out examples: each by itself and their mixture, from the same answers. Labels of
// texts are the only kind that is mixed (mixed-model.ts).
import type { LearnerSummary } from '@colora/training/learning/learner';
import type { LabelledExample } from '@colora/training/tasks/classification';
import { labelFigures } from '@colora/training/tasks/label-answers';
import type { Example, Prediction } from '@colora/training/tasks/tasks';
import type { Evaluation, Trainer } from '@colora/training/trainer';
import { mixAnswers, predictEach, type WeightedModel } from './mixed-model.ts';

export interface Judged {
  /** Folder of the base model. */
  readonly baseModel: string;
  readonly heldOut: readonly Example[];
  readonly tell: (summary: LearnerSummary) => void;
}

export interface ArmEvaluations {
  /** In the order of the models. */
  readonly each: readonly Evaluation[];
  readonly mixed: Evaluation;
  /** Which examples each of them has right, and the mixture. */
  readonly right: { readonly each: readonly (readonly boolean[])[]; readonly mixed: readonly boolean[] };
}

export async function evaluateArms(
  trainer: Trainer,
  { baseModel, heldOut, tell }: Judged,
  models: readonly WeightedModel[],
): Promise<ArmEvaluations> {
  const { settings, labels } = models[0]!;
  const learner = await trainer.openLearner({
    ...{ baseModel, settings, labels, heldOut, examples: [], seed: settings.seed },
  });
  tell(learner.summary);
  const left = new Set(learner.summary.nothingToJudge);
  await learner.close();
  const judged = heldOut.filter(
    (example, index) => 'label' in example && !left.has(index),
  ) as LabelledExample[];
  const texts = judged.map(({ text }) => text);
  const answers = await predictEach(trainer, baseModel, models, texts);
  const known = [...new Set(models.flatMap((model) => model.labels))];
  const mixed = mixAnswers(answers, models);
  const figuresOf = (predictions: readonly Prediction[]) => figures(judged, known, predictions);
  const rightOf = (predictions: readonly Prediction[]) =>
    predictions.map(
      (prediction, index) => 'label' in prediction && prediction.label === judged[index]!.label,
    );
  return {
    each: answers.map(figuresOf),
    mixed: figuresOf(mixed),
    right: { each: answers.map(rightOf), mixed: rightOf(mixed) },
  };
}

function figures(
  judged: readonly LabelledExample[],
  known: readonly string[],
  predictions: readonly Prediction[],
): Evaluation {
  const rows = predictions.map((prediction) => [
    known.map((label) => ('probabilities' in prediction ? (prediction.probabilities[label] ?? 0) : 0)),
  ]);
  const right = judged.map(({ label }) => [known.indexOf(label)]);
  const { allKnown: _, ...figures } = labelFigures(right, rows);
  return { ...figures, examples: judged.length };
}
