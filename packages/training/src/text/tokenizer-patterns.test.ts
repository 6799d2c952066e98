// Tokenizers that would abort the process or fill its memory are not opened; the patterns of those in use are.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fixturesFolder } from '@colora/models/testing-references';
import { assertBounded, mayExplode } from './tokenizer-patterns.ts';

const inUse = [
  // GPT-2
  "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+",
  // Llama 3, Qwen
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
  // o200k
  "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{M}]*[\\p{Ll}\\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
  // BLOOM, and DeepSeek's signs
  ' ?[^(\\s|[.,!?…。，、।۔،])]+',
  '[!"#$%&\'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\\r\\n]*|\\s*[\\r\\n]+',
  // digits by threes
  '\\d{1,3}(?=(?:\\d{3})*\\b)',
  ' {2,}',
];
const hostile = [
  '(a+)+$',
  '(?:a|a)*b',
  '((a*)*)*b',
  '(a*)*',
  '(x+x+)+y',
  '(?:(?:ab)*)+',
  '(a|b|ab)+c',
  '(\\w+\\s?)*$',
  '(a+){2,}',
  '(.*)\\1b',
];

test('patterns of tokenizers in use are taken, those that take exponentially many tries are not', () => {
  for (const pattern of inUse) assert.equal(mayExplode(pattern), false, pattern);
  for (const pattern of hostile) assert.equal(mayExplode(pattern), true, pattern);
});

test('a file is refused for a pattern anywhere in it, and for replacements that grow without end', () => {
  const bad = (described: unknown, said: RegExp) =>
    assert.throws(() => assertBounded('tokenizer.json', described), { code: 'bad-tokenizer', message: said });
  const split = { type: 'Split', pattern: { Regex: '(a+)+$' }, behavior: 'Isolated' };
  bad({ pre_tokenizer: { type: 'Sequence', pretokenizers: [split] } }, /the pattern "\(a\+\)\+\$"/);
  const replace = (content: string) => ({ type: 'Replace', pattern: { String: 'a' }, content });
  const growing = { type: 'Sequence', normalizers: Array.from({ length: 12 }, () => replace('aaaa')) };
  bad({ normalizer: growing }, /1\.7e\+7 times as long/);
  bad({ decoder: growing }, /times as long/);
  assertBounded('tokenizer.json', {
    normalizer: { type: 'Sequence', normalizers: [replace('▁'), replace('')] },
  });
});

test('every model of the fixtures is opened', () => {
  const models = readdirSync(fixturesFolder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const paths = models.map(({ name }) => join(fixturesFolder, name, 'tokenizer.json'));
  const described = paths.flatMap((path) => {
    try {
      return [[path, JSON.parse(readFileSync(path, 'utf8')) as unknown] as const];
    } catch {
      return []; // one that has none, or a damaged one of another test
    }
  });
  assert.ok(described.length > 5);
  for (const [path, json] of described) assertBounded(path, json);
});
