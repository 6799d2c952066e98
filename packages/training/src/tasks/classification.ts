// Classification: a label a text. Its forward pass and loss are classification-program.ts.

import { isGiven, textField } from '../rows/row-fields.ts';
import { labelField } from '../rows/row-labels.ts';
import { DataError } from '../training-error.ts';
import { labelFigures, labelHead, largest, probabilitiesOf } from './label-answers.ts';
import { encoderOf } from './model-outputs.ts';
import type { SettingsOf, Task } from './task.ts';

export interface LabelledExample {
  readonly text: string;
  readonly label: string;
}

interface LabelOfText {
  readonly label: string;
  readonly probabilities: Record<string, number>;
}

export const classification: Task<LabelledExample, SettingsOf<'classification'>, LabelOfText> = {
  answers: 'texts',
  columns: { text: 'text', label: 'text' },
  claims: (fields) => isGiven(fields, 'label'),
  readRow({ fields, place }, known) {
    const text = textField(fields, 'text', place);
    return { text, label: labelField(fields, 'label', place, { known, what: 'label' }) };
  },
  fieldsOfText({ text, folder, place }) {
    if (folder !== null) return { text, label: folder };
    throw new DataError(
      place,
      'has no label; put it in a folder named after its label, such as good/1.txt in the folder you name',
    );
  },

  isExample: (example) => 'text' in example && 'label' in example,
  needs: 'a text and its label',
  labelsOf: ({ label }) => [label],
  async encode({ text, label }, { encoder, maxTokens, labels }) {
    const { ids, truncated } = await encoder.encodeText(text, maxTokens);
    return [{ ids, truncated, label: labels.get(label) ?? -1, targets: { positions: [], values: [] } }];
  },
  isJudged: ({ label }) => label >= 0,

  passes: () => true,
  head: labelHead,
  featureSize: (base) => encoderOf(base).featureSize(base.config),

  figures(batches, labels) {
    const right = batches.flatMap(({ examples }) => examples.map(({ label }) => [label]));
    const { allKnown: _, ...figures } = labelFigures(right, probabilitiesOf(batches, labels.length));
    return figures;
  },
  predict: {
    exampleOf: (text) => ({ text, label: '' }),
    answers: async (_, batches, { labels }) =>
      probabilitiesOf(batches, labels.length).map(([row]) => ({
        label: labels[largest(row!)]!,
        probabilities: Object.fromEntries(labels.map((label, index) => [label, row![index]!])),
      })),
    shown: (text, { label, probabilities }) => `${label}\t${(probabilities[label] ?? 0).toFixed(3)}\t${text}`,
  },
};
