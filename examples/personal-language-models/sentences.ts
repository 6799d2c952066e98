// The reviews: one-sentence opinions out of the npm package `sentiment` (UCI Sentiment Labelled Sentences, Kotzias et
// al. 2015), the short ones. Reading only.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Sentence } from './people.ts';

/** Longer reviews would make every step dearer, since a batch is padded to its longest text. */
const mostWords = 11;

/** Some 2,300 sentences on products, films and restaurants. */
export async function readSentences(): Promise<Sentence[]> {
  const require = createRequire(import.meta.url);
  const read = async (file: string) => {
    const path = require.resolve(`sentiment/test/fixtures/${file}.json`);
    const rows = JSON.parse(await readFile(path, 'utf8')) as { text: string; class: unknown }[];
    return rows
      .filter((row) => row.class === 0 || row.class === 1) // each file ends in an empty row
      .map((row) => ({ text: row.text.trim().replace(/\s+/g, ' '), positive: row.class === 1 }))
      .filter(({ text }) => text.split(' ').length <= mostWords);
  };
  return (await Promise.all(['amazon', 'imdb', 'yelp'].map(read))).flat();
}
