// The ids and the texts of Hugging Face's Python tokenizers, for every kind of tokenizer.json and texts that are easy to
// get wrong (scripts/make-tokenizer-fixtures.py). And what these kinds share whatever the text: a prompt and its
// completion are what they are when written one after the other.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type BaseModel, openBaseModel } from '@colora/models/base-model';
import { fixturesFolder } from '@colora/models/testing-references';
import fc from 'fast-check';
import { readTokenizer, type TokenIds } from './read-tokenizer.ts';
import { openTokenizer } from './tokenizer.ts';

interface Case {
  readonly name: string;
  readonly tokenizer: object;
  readonly whole: readonly (readonly number[])[];
  readonly plain: readonly (readonly number[])[];
  readonly decoded: readonly string[];
}
const fixture = new URL('../../fixtures/tokenizers.json', import.meta.url);
const { texts, cases } = JSON.parse(readFileSync(fixture, 'utf8')) as { texts: string[]; cases: Case[] };

let folder: string;
let base: BaseModel;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'colora-parity-'));
  await cp(`${fixturesFolder}stories260k`, folder, { recursive: true });
  // as many rows as any of the tokenizers has tokens
  const opened = await openBaseModel(folder);
  base = { ...opened, family: { ...opened.family, vocabularySize: () => 2000 } };
  // and no token at the end, which is another in each of them
  await writeFile(
    join(folder, 'config.json'),
    JSON.stringify({ ...(opened.config as object), eos_token_id: undefined }),
  );
  for (const file of ['tokenizer_config.json', 'generation_config.json'])
    await rm(join(folder, file), { force: true });
});
after(() => rm(folder, { recursive: true }));

async function open(tokenizer: object): Promise<TokenIds> {
  await writeFile(join(folder, 'tokenizer.json'), JSON.stringify(tokenizer));
  return readTokenizer(base);
}

describe('ids and texts are those of the real library', () => {
  for (const { name, tokenizer, whole, plain, decoded } of cases) {
    test(`${name}: ${texts.length} texts`, async () => {
      const { plain: encode, around, decode } = await open(tokenizer);
      for (const [index, text] of texts.entries()) {
        const ids = await encode(text);
        assert.deepEqual(ids, plain[index], JSON.stringify(text));
        assert.deepEqual([...around.before, ...ids, ...around.after], whole[index], JSON.stringify(text));
        assert.equal(await decode(ids), decoded[index], JSON.stringify(text));
      }
    });
  }
});

/** Kinds that keep every character, and so can write: their text comes back as it was. */
const lossless = [
  'gpt2',
  'roberta',
  'llama3',
  'smollm',
  'llama2',
  'llama2-always',
  'llama2-never',
  'llama2-legacy',
  'gemma',
];

describe('a completion goes on from its prompt as they stand', () => {
  for (const { name, tokenizer } of cases.filter((one) => lossless.includes(one.name))) {
    test(name, async () => {
      await open(tokenizer);
      const encoder = await openTokenizer(base);
      const piece = fc.oneof(
        fc.string({ unit: 'grapheme', maxLength: 8 }),
        fc.constantFrom(...texts.filter((text) => !text.includes('<s>'))),
      );
      const words = piece.filter((text) => Buffer.from(text).toString() === text); // no halves of a character
      const said = words.filter((text) => text !== '');
      await fc.assert(
        fc.asyncProperty(words, said, async (prompt, completion) => {
          const { ids, learnt } = await encoder.encodeCompletion(prompt, completion, 10_000);
          // the library's own way with the whole: some take a space off its start
          const whole = await encoder.decode(await encoder.encodePrompt(prompt + completion));
          assert.equal(await encoder.decode(ids), whole);
          assert.equal(whole.trimStart(), (prompt + completion).trimStart());
          // what is read when the completion is asked for is the very beginning of what was learnt
          const asked = await encoder.encodePrompt(prompt);
          assert.deepEqual(ids.slice(0, asked.length), asked);
          assert.equal(learnt[0]!.from, Math.max(asked.length, 1));
        }),
        { numRuns: 60, seed: 7 },
      );
    });
  }

  test('no space comes between, where a text begins with one', async () => {
    for (const name of ['llama2', 'llama2-always', 'llama2-legacy']) {
      const { plain, continuing } = await open(cases.find((one) => one.name === name)!.tokenizer);
      const together = await plain('the world');
      const apart = [...(await plain('the ')), ...(await continuing('world'))];
      assert.ok(
        !apart
          .slice(1)
          .join()
          .includes((await plain('world')).join()),
        name,
      );
      assert.ok(together.length > 0);
    }
  });
});
