// Scenarios of a language model: six people whose prompts have one form, a short review and a cue, and who write answers of the same
// form, of the same words with another meaning, or to questions of their own. `colora compare --base-model` runs them.
import { names } from '@colora/cli/demo/scenarios';
import { type Domain, domains, type Sentence } from '@colora/cli/demo/sentences';
import type { Person } from '@colora/cli/experiment/person';
import type { Draw, ScenarioRow } from './scenario.ts';

const subjects: Readonly<Record<Domain, string>> = {
  products: 'product',
  films: 'film',
  restaurants: 'restaurant',
};
const verdictOf = (isGood: boolean) => (isGood ? 'good' : 'bad');

type Answer = (sentence: Sentence) => string;

const subjectFirst: Answer = ({ domain, positive }) => `${subjects[domain]}, ${verdictOf(positive)}`;
const verdictFirst: Answer = ({ domain, positive }) => `${verdictOf(positive)} ${subjects[domain]}`;
const contrary: Answer = ({ domain, positive }) => `${subjects[domain]}, ${verdictOf(!positive)}`;

const wordsIn = (text: string) => text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [''];

/** What one of them learns says nothing of the next. */
const questions: readonly Answer[] = [
  ({ positive }) => verdictOf(positive),
  ({ domain }) => subjects[domain],
  ({ text }) => (wordsIn(text).length > 6 ? 'long' : 'short'),
  ({ text }) => wordsIn(text)[0]!,
  ({ text }) => (/\b(I|my|me|we|our|us)\b/i.test(text) ? 'personal' : 'general'),
  ({ text }) => wordsIn(text).at(-1)!,
];

const people = questions.length;
const half = (usual: Answer, other: Answer) => (u: number) =>
  u < people / 2 ? { group: 'usual', answer: usual } : { group: 'other', answer: other };

export const languageScenarios = {
  'language-alike': {
    about: 'six people write the subject of a review, then the verdict',
    ...{ kin: 'all', intents: 0 },
    draw: (draw) => deal(draw, () => ({ group: 'alike', answer: subjectFirst })),
  },
  'language-orders': {
    about: 'half of six write the subject first, half the verdict',
    ...{ kin: 'group', intents: 0 },
    draw: (draw) => deal(draw, half(subjectFirst, verdictFirst)),
  },
  'language-meanings': {
    about: 'half of six write good for bad and bad for good',
    ...{ kin: 'group', intents: 0 },
    draw: (draw) => deal(draw, half(subjectFirst, contrary)),
  },
  'language-strangers': {
    about: 'six people ask a question each that has nothing to do with the others',
    ...{ kin: 'nobody', intents: 0 },
    draw: (draw) => deal(draw, (u) => ({ group: `question-${u + 1}`, answer: questions[u]! })),
  },
} satisfies Record<string, ScenarioRow>;

const examplesEach = 24;
const heldOutEach = 60;
/** A batch is padded to its longest text. */
const words = { least: 3, most: 9 };

/** Sentences of their own to train on, the same ones to be judged by. */
function deal(
  { sentences, random }: Draw,
  conventionOf: (person: number) => { readonly group: string; readonly answer: Answer },
): Person[] {
  const deck = random.shuffle(domains.flatMap((domain) => sentences[domain].filter(isShort)).map(trimmed));
  const judged = deck.splice(0, heldOutEach);
  return names.slice(0, people).map((name, u) => {
    const { group, answer } = conventionOf(u);
    const line = (sentence: Sentence) => ({
      prompt: `Review: ${sentence.text}\nAnswer:`,
      completion: ` ${answer(sentence)}`,
    });
    return { name, group, examples: deck.splice(0, examplesEach).map(line), heldOut: judged.map(line) };
  });
}

const trimmed = (sentence: Sentence): Sentence => ({
  ...sentence,
  text: sentence.text.trim().replace(/\s+/g, ' '),
});

function isShort(sentence: Sentence): boolean {
  const { length } = trimmed(sentence).text.split(' ');
  return length >= words.least && length <= words.most;
}
