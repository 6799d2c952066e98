// The demo's labelled sentences: product, film and restaurant reviews out of the npm package
// `sentiment` (UCI Sentiment Labelled Sentences, Kotzias et al. 2015). Reading only.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { z } from 'zod';

export const domains = ['products', 'films', 'restaurants'] as const;
export type Domain = (typeof domains)[number];

export interface Sentence {
  readonly text: string;
  readonly positive: boolean;
  readonly domain: Domain;
}

export type Sentences = Readonly<Record<Domain, readonly Sentence[]>>;

const files: Record<Domain, string> = { products: 'amazon', films: 'imdb', restaurants: 'yelp' };
const rowsSchema = z.array(z.object({ text: z.string(), class: z.number().nullable() }));

/** 1000 sentences of each domain. */
export async function readSentences(): Promise<Record<Domain, Sentence[]>> {
  const require = createRequire(import.meta.url);
  const read = async (domain: Domain): Promise<Sentence[]> => {
    const path = require.resolve(`sentiment/test/fixtures/${files[domain]}.json`);
    const rows = rowsSchema.parse(JSON.parse(await readFile(path, 'utf8')));
    // Each file ends in one empty row without a class.
    return rows
      .filter((row) => row.class === 0 || row.class === 1)
      .map((row) => ({ text: row.text, positive: row.class === 1, domain }));
  };
  const [products, films, restaurants] = await Promise.all(domains.map(read));
  return { products: products!, films: films!, restaurants: restaurants! };
}
