// The reviews: one-sentence opinions out of the npm package `sentiment` (UCI Sentiment Labelled Sentences, Kotzias et
// al. 2015), the short ones. Reading only.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Sentence } from './people.ts';

/** Longer reviews would make every step dearer, since a batch is padded to its longest text; shorter ones say nothing. */
const words = { least: 3, most: 9 };

const subjects = { amazon: 'product', imdb: 'film', yelp: 'restaurant' } as const;

/** Some 1,250 sentences on products, films and restaurants. */
export async function readSentences(): Promise<Sentence[]> {
  const require = createRequire(import.meta.url);
  const read = async ([file, subject]: [string, Sentence['subject']]) => {
    const path = require.resolve(`sentiment/test/fixtures/${file}.json`);
    const rows = JSON.parse(await readFile(path, 'utf8')) as { text: string; class: unknown }[];
    return rows
      .filter((row) => row.class === 0 || row.class === 1) // each file ends in an empty row
      .map((row) => ({ text: row.text.trim().replace(/\s+/g, ' '), positive: row.class === 1, subject }))
      .filter(({ text }) => text.split(' ').length >= words.least && text.split(' ').length <= words.most);
  };
  return (await Promise.all(Object.entries(subjects).map(read))).flat();
}
