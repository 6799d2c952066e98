// Scenarios of a set of intents: people who share nothing but the names of their labels, people alike in a subject of many labels,
// one with another task among people alike, and only two or three of them. A set with fewer intents makes fewer people.
import { heldOutPerPerson, label } from '@colora/cli/demo/decks';
import { names } from '@colora/cli/demo/scenarios';
import { domains } from '@colora/cli/demo/sentences';
import type { Person } from '@colora/cli/experiment/person';
import type { Intent, Intents } from './intents.ts';
import { alike } from './review-scenarios.ts';
import type { Draw, ScenarioRow } from './scenario.ts';

export const intentScenarios = {
  'nothing-shared': {
    about: 'twelve people with six intents of their own, all called 1 to 6',
    kin: 'nobody',
    intents: 12,
    draw: (draw) => ownIntents(draw, 12),
  },
  'two-strangers': { about: 'two of these', kin: 'nobody', intents: 12, draw: (draw) => ownIntents(draw, 2) },
  'three-strangers': {
    about: 'three of these',
    kin: 'nobody',
    intents: 18,
    draw: (draw) => ownIntents(draw, 3),
  },
  'own-halves': {
    about: 'twelve tasks of two labels: halves of eight intents, mood, products or not, films or not',
    kin: 'nobody',
    intents: 8,
    draw: drawHalves,
  },
  'many-labels': {
    about: 'four subjects of fifteen intents, five people each, two examples an intent',
    kin: 'group',
    intents: 30,
    draw: drawManyLabels,
  },
  'outlier-task': {
    about: 'eleven label the mood, one something else by the same names',
    kin: 'group',
    intents: 8,
    draw: drawOutlier,
  },
} satisfies Record<string, ScenarioRow>;

const each = { intents: 6, examples: 5 };

function ownIntents({ intents, random }: Draw, most: number): Person[] {
  const dealt = random.shuffle(intents);
  const count = Math.min(most, Math.floor(dealt.length / each.intents));
  return names.slice(0, count).map((name, u) => {
    const own = dealt.slice(each.intents * u, each.intents * (u + 1));
    return person(name, name, own, each.examples, (_, place) => String(place + 1));
  });
}

function person(
  name: string,
  group: string,
  own: Intents,
  examples: number,
  labelOf: (intent: Intent, place: number) => string,
): Person {
  const labelled = (textsOf: (intent: Intent) => readonly string[]) =>
    own.flatMap((intent, place) => textsOf(intent).map((text) => ({ text, label: labelOf(intent, place) })));
  return {
    name,
    group,
    examples: labelled(({ train }) => train.slice(0, examples)),
    heldOut: labelled(({ heldOut }) => heldOut),
  };
}

const halved = 8;

/** Four examples an intent: 32. */
const halves = (name: string, own: Intents, labels: readonly [string, string]): Person =>
  person(name, name, own, 32 / halved, (_, place) => labels[place < halved / 2 ? 0 : 1]);

function drawHalves({ sentences, intents, random }: Draw): Person[] {
  const pool = random.shuffle(domains.flatMap((domain) => sentences[domain]));
  const heldOut = pool.slice(0, heldOutPerPerson);
  const questions = [
    (one: (typeof pool)[number]) => one.positive,
    (one: (typeof pool)[number]) => one.domain === 'products',
    (one: (typeof pool)[number]) => one.domain === 'films',
  ];
  const ofReviews = questions.map((isSo, u): Person => {
    const turned = random.integer(2) === 1;
    const rule = (one: (typeof pool)[number]) => (isSo(one) !== turned ? '1' : '0');
    const start = heldOutPerPerson + 32 * u;
    return {
      name: names[u]!,
      group: names[u]!,
      examples: label(pool.slice(start, start + 32), rule),
      heldOut: label(heldOut, rule),
    };
  });
  const dealt = random.shuffle(intents);
  const ofIntents = names
    .slice(questions.length, questions.length + Math.floor(dealt.length / halved))
    .map((name, k) => halves(name, dealt.slice(halved * k, halved * (k + 1)), ['0', '1']));
  return [...ofReviews, ...ofIntents];
}

const many = { subjects: 4, intents: 15, people: 5, examples: 2 };

/** Neighbours in the alphabet are near in meaning where labels are named by their subject. */
function drawManyLabels({ intents, random }: Draw): Person[] {
  const count = Math.min(many.subjects, Math.floor(intents.length / many.intents));
  const wanted = new Set(random.shuffle(intents).slice(0, count * many.intents));
  const sorted = intents.filter((intent) => wanted.has(intent));
  return Array.from({ length: count }, (_, s) => {
    const own = sorted.slice(many.intents * s, many.intents * (s + 1));
    return Array.from({ length: many.people }, (_, u) => {
      const hers = own.map((intent) => ({ ...intent, train: intent.train.slice(many.examples * u) }));
      return person(
        `person-${u + 1}`,
        `subject-${String.fromCharCode(97 + s)}`,
        hers,
        many.examples,
        (intent) => intent.label,
      );
    });
  }).flat();
}

function drawOutlier(draw: Draw): Person[] {
  const own = draw.random.shuffle(draw.intents).slice(0, halved);
  const labels = ['good', 'bad'] as const;
  return [...alike(draw, 11), { ...halves(names[11]!, own, labels), group: 'outlier' }];
}
