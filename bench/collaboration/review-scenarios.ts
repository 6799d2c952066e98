// Scenarios of the reviews that come with the installation: the demo's, and people of unlike sizes, with wrong labels, with an
// outlier among them, and only two or three of them.
import { deal, heldOutPerPerson, label, mood, shuffleDeck } from '@colora/cli/demo/decks';
import type { ScenarioName } from '@colora/cli/demo/scenario-names';
import { drawScenarios, names } from '@colora/cli/demo/scenarios';
import { domains } from '@colora/cli/demo/sentences';
import type { Person } from '@colora/cli/experiment/person';
import type { LabelledExample } from '@colora/training/tasks/classification';
import type { Draw, Kin, ScenarioRow } from './scenario.ts';

const ofDemo = (name: ScenarioName, kin: Kin, about: string): ScenarioRow => ({
  about,
  kin,
  intents: 0,
  draw: ({ sentences, seed }) => [...drawScenarios(sentences, seed)[name].people],
});

export const reviewScenarios = {
  'little-data': ofDemo('little-data', 'all', 'one task, 16 to 64 sentences each, three domains'),
  'different-meanings': ofDemo('different-meanings', 'group', 'half use the labels the other way round'),
  'different-tasks': ofDemo('different-tasks', 'group', 'half label the mood, half the topic'),
  'own-subjects': ofDemo(
    'nothing-shared',
    'nobody',
    'each sorts by six subjects of her own, all called 1 to 6',
  ),
  sizes: { about: 'one task, 8 to 200 sentences each', kin: 'all', intents: 0, draw: drawSizes },
  'label-noise': {
    about: 'three of twelve have 30 % of their labels wrong',
    kin: 'all',
    intents: 0,
    draw: drawNoise,
  },
  'outlier-inverted': {
    about: 'one of twelve uses the labels the other way round',
    kin: 'group',
    intents: 0,
    draw: drawOutlier,
  },
  'two-alike': { about: 'two people with one task', kin: 'all', intents: 0, draw: (draw) => alike(draw, 2) },
  'three-alike': {
    about: 'three people with one task',
    kin: 'all',
    intents: 0,
    draw: (draw) => alike(draw, 3),
  },
} satisfies Record<string, ScenarioRow>;

/** People with the mood of 32 sentences of mixed domains, judged by the same ones. */
export function alike({ sentences, random }: Draw, count: number): Person[] {
  const deck = shuffleDeck(
    domains.flatMap((domain) => sentences[domain]),
    random,
  );
  return names.slice(0, count).map((name) => ({
    name,
    group: 'alike',
    examples: label(deal(deck, 32), mood),
    heldOut: label(deck.heldOut.slice(0, heldOutPerPerson), mood),
  }));
}

function drawSizes({ sentences, random }: Draw): Person[] {
  const sizes = [8, 32, 64, 200];
  return domains.flatMap((domain, d) => {
    const deck = shuffleDeck(sentences[domain], random);
    return sizes.map((size, k) => ({
      name: names[d * sizes.length + k]!,
      group: domain,
      examples: label(deal(deck, size), mood),
      heldOut: label(deck.heldOut, mood),
    }));
  });
}

/** The other of the two labels. */
const turned = (examples: Person['examples']): LabelledExample[] =>
  (examples as readonly LabelledExample[]).map((example) => ({
    text: example.text,
    label: example.label === 'good' ? 'bad' : 'good',
  }));

function drawNoise(draw: Draw): Person[] {
  return alike(draw, 12).map((person, index): Person => {
    if (index < 9) return { ...person, group: 'clean' };
    const wrong = new Set(
      draw.random.shuffle([...person.examples.keys()]).slice(0, Math.round(0.3 * person.examples.length)),
    );
    const flipped = turned(person.examples);
    return {
      ...person,
      group: 'noisy',
      examples: person.examples.map((each, at) => (wrong.has(at) ? flipped[at]! : each)),
    };
  });
}

function drawOutlier(draw: Draw): Person[] {
  return alike(draw, 12).map((person, index): Person => {
    if (index < 11) return person;
    return {
      ...person,
      group: 'outlier',
      examples: turned(person.examples),
      heldOut: turned(person.heldOut),
    };
  });
}
