// Little people for whole-system tests: reviews of a few words, in three moods of writing. Real text is
// the demo's affair; here it has to be small and quick.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface LabelledText {
  readonly text: string;
  readonly label: string;
}

const subjects = [
  'the film',
  'this phone',
  'our dinner',
  'the book',
  'a chair',
  'the hotel',
  'the soup',
  'that game',
];
const good = ['was wonderful', 'is lovely', 'made me happy', 'works very well'];
const bad = ['was terrible', 'is awful', 'made me angry', 'broke at once'];

/** `count` sentences, half of them good; `person` shifts which. */
export function reviews(person: number, count: number): LabelledText[] {
  return Array.from({ length: count }, (_, index) => {
    const isGood = index % 2 === 0;
    const words = isGood ? good : bad;
    const subject = subjects[(index + 3 * person) % subjects.length]!;
    const verdict = words[(Math.floor(index / 2) + person) % words.length]!;
    return { text: `${subject} ${verdict}`, label: isGood ? 'good' : 'bad' };
  });
}

/** Writes them as JSON lines and returns the path. */
export async function writeReviews(folder: string, name: string, texts: readonly object[]): Promise<string> {
  const path = join(folder, `${name}.jsonl`);
  await writeFile(path, texts.map((text) => `${JSON.stringify(text)}\n`).join(''));
  return path;
}
