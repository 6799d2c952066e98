// People with nothing in common: each sorts sentences by six subjects of her own, and everybody calls them 1 to 6. The sentences
// have no labels for that; which subject one speaks of is told by the word for it. Pure functions of (sentences, seed).
import { seededRandom } from '@colora/tensors/random';
import type { Person } from '../experiment/person.ts';
import { domains, type Sentences } from './sentences.ts';

/** Nouns that at least 14 of the 3000 sentences speak of. */
export const subjects: readonly string[] = [
  ...['phone', 'film', 'movie', 'food', 'service', 'place', 'time', 'work', 'quality', 'product', 'battery'],
  ...['headset', 'sound', 'acting', 'price', 'character', 'case', 'money', 'experience', 'life', 'story'],
  ...['piece', 'plot', 'restaurant', 'camera', 'screen', 'script', 'item', 'actor', 'music', 'bluetooth'],
  ...['staff', 'charger', 'reception', 'night', 'family', 'cast', 'performance', 'problem', 'menu', 'salad'],
  ...['customer', 'scene', 'order', 'people', 'year', 'minute', 'waste', 'ear', 'pizza', 'server', 'chicken'],
  ...['star', 'day', 'call', 'hour', 'line', 'vegas', 'car', 'job', 'side', 'bar', 'purchase', 'steak'],
  ...['device', 'writing', 'table', 'burger', 'motorola', 'buy', 'fit', 'watch'],
];

const subjectsEach = 6;
const examplesEach = 5;
const heldOutEach = { least: 6, most: 20 };

/**
 * Six subjects each that nobody else has, five sentences a subject, and six to twenty held out that nobody trains on. A sentence
 * that speaks of two of somebody's subjects is none of hers; subjects that leave too little of each other are dealt anew.
 */
export function drawNothingShared(sentences: Sentences, seed: number, names: readonly string[]): Person[] {
  const random = seededRandom(`nothing-shared ${seed}`);
  const texts = [...new Set(domains.flatMap((domain) => sentences[domain].map(({ text }) => text)))];
  const shuffled = random.shuffle(texts).map((text) => ({ text, words: wordsOf(text) }));
  for (;;) {
    const people = share(shuffled, random.shuffle(subjects), names);
    if (people !== null) return people;
  }
}

interface Spoken {
  readonly text: string;
  readonly words: ReadonlySet<string>;
}

/** Null where somebody has too few sentences of a subject. */
function share(
  sentences: readonly Spoken[],
  dealt: readonly string[],
  names: readonly string[],
): Person[] | null {
  const hers = names.map((name, index) => {
    const own = dealt.slice(subjectsEach * index, subjectsEach * (index + 1));
    const bySubject = own.map((subject, place) =>
      sentences
        .filter(({ words }) => own.filter((each) => speaksOf(words, each)).join() === subject)
        .map(({ text }) => ({ text, label: String(place + 1) })),
    );
    return { name, examples: bySubject.flatMap((all) => all.slice(0, examplesEach)), bySubject };
  });
  const trained = new Set(hers.flatMap(({ examples }) => examples.map(({ text }) => text)));
  const people = hers.map(({ name, examples, bySubject }) => {
    const heldOut = bySubject.map((all) =>
      all.filter(({ text }) => !trained.has(text)).slice(0, heldOutEach.most),
    );
    return { name, group: name, examples, heldOut };
  });
  if (people.some(({ heldOut }) => heldOut.some((all) => all.length < heldOutEach.least))) return null;
  return people.map((person) => ({ ...person, heldOut: person.heldOut.flat() }));
}

const wordsOf = (text: string) => new Set(text.toLowerCase().match(/[a-z]+/g) ?? []);

const speaksOf = (words: ReadonlySet<string>, subject: string) =>
  words.has(subject) || words.has(`${subject}s`);
