// Token classification: a tag a word. What tags that name spans mean is spans.ts, forward pass and loss are
// token-classification-program.ts.

import { isGiven, readItems, textList } from '../rows/row-fields.ts';
import { labelField } from '../rows/row-labels.ts';
import { DataError } from '../training-error.ts';
import { labelFigures, labelHead, largest, probabilitiesOf } from './label-answers.ts';
import { tokenEncoderOf } from './model-outputs.ts';
import { spanF1 } from './spans.ts';
import type { SettingsOf, Task } from './task.ts';

/** Words and their tags, one a word: `O`, `B-…`, `I-…` where the tags name spans. */
interface TaggedExample {
  readonly tokens: readonly string[];
  readonly tags: readonly string[];
}

/** A text as words with their tags; null for a word past the model's limit, or one its tokenizer doesn't know. */
interface TaggedText {
  readonly words: readonly { readonly word: string; readonly tag: string | null }[];
}

export const tokenClassification: Task<TaggedExample, SettingsOf<'token-classification'>, TaggedText> = {
  answers: 'tokens',
  columns: { tokens: 'list', tags: 'list' },
  claims: (fields) => isGiven(fields, 'tags'),
  readRow({ fields, place }, known) {
    const tokens = textList(fields, 'tokens', place);
    const tags = readItems(fields, 'tags', place, (items, index, _, at) =>
      labelField(items, index, place, { known, what: 'tag', at }),
    );
    if (tokens.length !== tags.length) {
      throw new DataError(
        place,
        `has ${tokens.length} tokens and ${tags.length} tags; each token needs one tag`,
      );
    }
    return { tokens, tags };
  },
  fieldsOfText({ place }) {
    throw new DataError(
      place,
      'text files have no tags; token classification needs {"tokens": […], "tags": […]} a line of a .jsonl file',
    );
  },

  isExample: (example) => 'tokens' in example,
  needs: 'tokens and their tags',
  labelsOf: ({ tags }) => tags,
  /** Words are looked at where they begin; those past the limit are left out. */
  async encode({ tokens, tags }, { encoder, maxTokens, labels }) {
    const { ids, truncated, firsts } = await encoder.encodeWords(tokens, maxTokens);
    const words = firsts.flatMap((position, word) =>
      position < 0 ? [] : [{ position, value: labels.get(tags[word] ?? '') ?? -1 }],
    );
    const positions = words.map(({ position }) => position);
    const values = words.map(({ value }) => value);
    return [{ ids, truncated, label: -1, targets: { positions, values } }];
  },
  isJudged: ({ targets }) => targets.values.some((value) => value >= 0),

  /** A pooler makes the vector of a whole text; the states of tokens don't pass through it. */
  passes: (module) => !/(^|\.)pooler(\.|$)/.test(module),
  head: labelHead,
  featureSize: (base) => tokenEncoderOf(base).stateSize(base.config),

  /** `spanF1` where the learner has every tag and any of them names a span. */
  figures(batches, labels) {
    const right = batches.flatMap(({ examples }) => examples.map(({ targets }) => targets.values));
    const probabilities = probabilitiesOf(batches, labels.length);
    const { allKnown, ...figures } = labelFigures(right, probabilities);
    if (!allKnown) return figures;
    const f1 = spanF1(
      right.map((tags) => tags.map((tag) => labels[tag]!)),
      probabilities.map((rows) => rows.map((row) => labels[largest(row)]!)),
    );
    return f1 === null ? figures : { ...figures, spanF1: f1 };
  },
  predict: {
    exampleOf: (text) => ({ tokens: splitWords(text), tags: [] }),
    async answers(texts, batches, { labels, encoder, maxTokens }) {
      const probabilities = probabilitiesOf(batches, labels.length);
      const answers: TaggedText[] = [];
      for (const [index, text] of texts.entries()) {
        const tokens = splitWords(text);
        const { firsts } = await encoder.encodeWords(tokens, maxTokens);
        const tags = probabilities[index]!.map((row) => labels[largest(row)]!).values();
        const tagOf = (first: number) => (first < 0 ? null : (tags.next().value ?? null));
        answers.push({ words: tokens.map((word, at) => ({ word, tag: tagOf(firsts[at]!) })) });
      }
      return answers;
    },
    shown: (_, { words }) => words.map(({ word, tag }) => `${word}\t${tag ?? '-'}\n`).join(''),
  },
};

/** The words of a plain text: letters and digits that stand together, and every other sign by itself. */
export function splitWords(text: string): string[] {
  return text.match(/[\p{L}\p{M}\p{N}]+|[^\s\p{L}\p{M}\p{N}]/gu) ?? [];
}
