// The demo's people and their data: five scenarios drawn from the same sentences by a seed. Pure
// functions of (sentences, seed); who trains what and how is elsewhere.
import { seededRandom } from '@colora/tensors/random';
import type { Person } from '../experiment/person.ts';
import {
  deal,
  heldOutPerPerson,
  type LabelRule,
  label,
  mood,
  moodTheOtherWay,
  shuffleDeck,
} from './decks.ts';
import type { ScenarioName } from './scenario-names.ts';
import { domains, type Sentences } from './sentences.ts';
import { drawNothingShared } from './subjects.ts';

export interface Scenario {
  readonly name: ScenarioName;
  readonly question: string;
  readonly labels: readonly string[];
  readonly people: readonly Person[];
}

export const names = [
  'aya',
  'ben',
  'cleo',
  'dan',
  'eva',
  'finn',
  'gita',
  'hugo',
  'ines',
  'jan',
  'kofi',
  'lena',
];
const newcomers = ['mia', 'noah', 'olga', 'pete', 'qi', 'rosa', 'sam', 'tara', 'udo', 'vera', 'wim', 'yuki'];
const peoplePerDomain = 4;

const moodAsNumber: LabelRule = (sentence) => (sentence.positive ? '2' : '1');
const topicAsNumber: LabelRule = (sentence) => String(domains.indexOf(sentence.domain) + 1);

/** Four people a domain with 16, 32, 32 and 64 sentences; then four newcomers a domain with 16 each. */
function drawByDomain(sentences: Sentences, seed: number): { first: Person[]; later: Person[] } {
  const random = seededRandom(`little-data ${seed}`);
  const decks = domains.map((domain) => shuffleDeck(sentences[domain], random));
  const draw = (who: readonly string[], counts: readonly number[]) =>
    decks.flatMap((deck, d) =>
      counts.map(
        (count, k): Person => ({
          name: who[d * peoplePerDomain + k]!,
          group: domains[d]!,
          examples: label(deal(deck, count), mood),
          heldOut: label(deck.heldOut, mood),
        }),
      ),
    );
  return { first: draw(names, [16, 32, 32, 64]), later: draw(newcomers, [16, 16, 16, 16]) };
}

/** Half of the people use the two labels the other way round. */
function drawDifferentMeanings(sentences: Sentences, seed: number): Person[] {
  const random = seededRandom(`different-meanings ${seed}`);
  const decks = domains.map((domain) => shuffleDeck(sentences[domain], random));
  return names.map((name, index): Person => {
    const deck = decks[Math.floor(index / peoplePerDomain)]!;
    const rule = index % 2 === 0 ? mood : moodTheOtherWay;
    return {
      name,
      group: index % 2 === 0 ? 'usual' : 'the-other-way',
      examples: label(deal(deck, 32), rule),
      heldOut: label(deck.heldOut, rule),
    };
  });
}

/** Half label the mood, half the topic; both call their classes by the same numbers. */
function drawDifferentTasks(sentences: Sentences, seed: number): Person[] {
  const random = seededRandom(`different-tasks ${seed}`);
  const shuffled = random.shuffle(domains.flatMap((domain) => sentences[domain]));
  const heldOut = shuffled.slice(0, heldOutPerPerson);
  return names.map((name, index): Person => {
    const rule = index % 2 === 0 ? moodAsNumber : topicAsNumber;
    const start = heldOutPerPerson + index * 32;
    return {
      name,
      group: index % 2 === 0 ? 'mood' : 'topic',
      examples: label(shuffled.slice(start, start + 32), rule),
      heldOut: label(heldOut, rule),
    };
  });
}

/** All five scenarios, drawn by the seed. Newcomers hold sentences nobody of little-data has. */
export function drawScenarios(sentences: Sentences, seed: number): Record<ScenarioName, Scenario> {
  const { first, later } = drawByDomain(sentences, seed);
  return {
    'little-data': {
      name: 'little-data',
      question:
        '12 people label reviews of products, films or restaurants good or bad; 16 to 64 sentences each.',
      labels: ['bad', 'good'],
      people: first,
    },
    newcomer: {
      name: 'newcomer',
      question: '12 newcomers arrive afterwards with 16 sentences each; the shared part is held.',
      labels: ['bad', 'good'],
      people: later,
    },
    'different-meanings': {
      name: 'different-meanings',
      question:
        'The same reviews, 32 sentences each, but half of the people use "good" and "bad" the other way round.',
      labels: ['bad', 'good'],
      people: drawDifferentMeanings(sentences, seed),
    },
    'different-tasks': {
      name: 'different-tasks',
      question:
        'Half of the people label the mood (1, 2), half the topic (1, 2, 3): the same names for other things.',
      labels: ['1', '2', '3'],
      people: drawDifferentTasks(sentences, seed),
    },
    'nothing-shared': {
      name: 'nothing-shared',
      question:
        'Everybody sorts sentences by six subjects of her own (battery, plot, …), 30 sentences each, and calls them 1 to 6.',
      labels: ['1', '2', '3', '4', '5', '6'],
      people: drawNothingShared(sentences, seed, names),
    },
  };
}
