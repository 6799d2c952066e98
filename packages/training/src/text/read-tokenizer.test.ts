// A tokenizer that is none, or of another model, is told before any text becomes ids.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { openBaseModel } from '@colora/models/base-model';
import { fixturesFolder } from '@colora/models/testing-references';
import { encodeExamples } from '../tasks/encode-examples.ts';
import { readTokenizer } from './read-tokenizer.ts';
import { openTokenizer } from './tokenizer.ts';

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'colora-tokenizer-'));
  await cp(`${fixturesFolder}tiny-bert`, folder, { recursive: true });
});
after(() => rm(folder, { recursive: true }));

test('the model’s own is read', async () => {
  const tokenizer = await readTokenizer(await openBaseModel(folder));
  const ids = await tokenizer.plain('the cat');
  assert.ok(ids.length > 0);
  const asRead = [...ids];
  ids.push(1); // theirs who asked
  assert.deepEqual(await tokenizer.plain('the cat'), asRead);
});

test('one of a larger model is refused with both sizes, and how to mend it', async () => {
  await cp(`${fixturesFolder}stories260k/tokenizer.json`, join(folder, 'tokenizer.json'));
  await assert.rejects(readTokenizer(await openBaseModel(folder)), {
    name: 'ModelError',
    code: 'bad-tokenizer',
    message:
      /tokenizer\.json has ids up to 511, but the model's vocabulary only 64 tokens.*another model; put/,
  });
});

test('what is no tokenizer is refused with its path', async () => {
  for (const text of ['{', '{}', '{"model":{"type":"Magic"}}']) {
    await writeFile(join(folder, 'tokenizer.json'), text);
    await assert.rejects(readTokenizer(await openBaseModel(folder)), {
      code: 'bad-tokenizer',
      message: /tokenizer\.json is no tokenizer that can be read/,
    });
  }
});

test('one that may take for ever on a short text is refused before it is opened', async () => {
  const path = join(folder, 'tokenizer.json');
  const own = JSON.parse(await readFile(`${fixturesFolder}tiny-bert/tokenizer.json`, 'utf8')) as object;
  const split = { type: 'Split', pattern: { Regex: '(a+)+$' }, behavior: 'Isolated', invert: false };
  await writeFile(path, JSON.stringify({ ...own, pre_tokenizer: split }));
  await assert.rejects(readTokenizer(await openBaseModel(folder)), {
    code: 'bad-tokenizer',
    message: /may take for ever on a short text/,
  });
});

interface Found {
  readonly tokenizer: object;
  readonly text: string;
  readonly right: readonly number[];
}
const found = new URL('../../fixtures/tokenizer-cases.json', import.meta.url);
for (const [name, { tokenizer, text, right }] of Object.entries(
  JSON.parse(readFileSync(found, 'utf8')) as Record<string, Found>,
)) {
  test(`${name}: the real library's ids`, async () => {
    await writeFile(join(folder, 'tokenizer.json'), JSON.stringify(tokenizer));
    assert.deepEqual(await (await readTokenizer(await openBaseModel(folder))).plain(text), right);
  });
}

async function withTokenizer(change: (own: Record<string, unknown>) => object): Promise<void> {
  const own = JSON.parse(await readFile(`${fixturesFolder}tiny-bert/tokenizer.json`, 'utf8'));
  await writeFile(join(folder, 'tokenizer.json'), JSON.stringify(change(own)));
}

test('one that leaves out merges at random is refused', async () => {
  await withTokenizer((own) => ({ ...own, model: { ...(own.model as object), dropout: 0.1 } }));
  await assert.rejects(
    readTokenizer(await openBaseModel(folder)),
    /merges at random \(model\.dropout 0\.1\)/,
  );
});

test('a token without a row is refused, naming the example and the token, before anything is trained', async () => {
  const image = { id: 64, content: '<image>', single_word: false, lstrip: false, rstrip: false };
  const added = { ...image, normalized: false, special: true };
  await withTokenizer((own) => ({ ...own, added_tokens: [...(own.added_tokens as object[]), added] }));
  const encoder = await openTokenizer(await openBaseModel(folder));
  const task = {
    kind: 'classification',
    labels: ['a'],
    head: 'by-label',
    headScale: 1,
    maxTokens: 16,
  } as const;
  const examples = [
    { text: 'the cat', label: 'a' },
    { text: 'the <image> cat', label: 'a' },
  ];
  await assert.rejects(
    encodeExamples(examples, encoder, { task: { ...task, labels: ['a'] }, maxTokens: 16, labels: ['a'] }),
    {
      code: 'no-token',
      message:
        /^example 2: it holds "<image>", a token \(64\) that the base model's embedding has no row for \(it has 64\)/,
    },
  );
});

test('an added token whose id the library would not keep is refused', async () => {
  const added = { content: '<image>', single_word: false, lstrip: false, rstrip: false, special: true };
  await withTokenizer((own) => ({
    ...own,
    added_tokens: [...(own.added_tokens as object[]), { ...added, id: 99, normalized: false }],
  }));
  await assert.rejects(readTokenizer(await openBaseModel(folder)), {
    code: 'bad-tokenizer',
    message: /the added token "<image>" the id 99.*would give it 64; number/,
  });
});

test('words that a vocabulary of words has no token for are refused where it has none for unknown ones', async () => {
  await withTokenizer((own) => ({
    ...own,
    ...{ normalizer: null, pre_tokenizer: { type: 'Whitespace' }, post_processor: null, decoder: null },
    ...{ model: { type: 'WordLevel', vocab: { the: 0, cat: 1 }, unk_token: '<unk>' }, added_tokens: [] },
  }));
  const { plain } = await readTokenizer(await openBaseModel(folder));
  assert.deepEqual(await plain('the cat'), [0, 1]);
  await assert.rejects(plain('the secret'), (error: Error) => {
    assert.match(error.message, /words that the tokenizer has no token for/);
    return !error.message.includes('secret');
  });
});

test('half a character is no text: refused with its example, never read as U+FFFD', async () => {
  await cp(`${fixturesFolder}tiny-bert/tokenizer.json`, join(folder, 'tokenizer.json'));
  const encoder = await openTokenizer(await openBaseModel(folder));
  const options = { task: { kind: 'classification' }, maxTokens: 24, labels: ['good'] } as never;
  const examples = ['the cat 🙂', 'the \ude42 secret'].map((text) => ({ text, label: 'good' }));
  await assert.rejects(encodeExamples(examples, encoder, options), (error: Error & { code: string }) => {
    assert.equal(error.code, 'no-token');
    assert.match(error.message, /^example 2: it holds half of a character .* write the whole character/);
    return !error.message.includes('secret');
  });
  await assert.rejects(encoder.encodePrompt('\ud83d'), { code: 'no-token' });
});

test('a file that is not UTF-8, or no JSON object, is refused by its path', async () => {
  const model = await mkdtemp(join(tmpdir(), 'colora-latin-'));
  try {
    await cp(`${fixturesFolder}stories260k`, model, { recursive: true });
    const open = async () => openTokenizer(await openBaseModel(model));
    const latin = Buffer.from('{"eos_token": "gr\u00fcn"}', 'latin1');
    for (const [name, content, problem] of [
      ['tokenizer_config.json', latin, /tokenizer_config\.json is not text in UTF-8; download it again/],
      ['tokenizer_config.json', '{', /tokenizer_config\.json must hold a JSON object/],
      ['special_tokens_map.json', '[]', /special_tokens_map\.json must hold a JSON object/],
      ['chat_template.jinja', latin, /chat_template\.jinja is not text in UTF-8/],
      ['tokenizer.json', latin, /tokenizer\.json is not text in UTF-8/],
    ] as const) {
      const before = await readFile(join(model, name)).catch(() => null);
      await writeFile(join(model, name), content);
      await assert.rejects(open(), { name: 'ModelError', code: 'bad-tokenizer', message: problem });
      await (before === null ? rm(join(model, name)) : writeFile(join(model, name), before));
    }
    await open();
  } finally {
    await rm(model, { recursive: true });
  }
});

test('the text of tokens keeps its spaces, whatever the configuration says of cleaning up', async () => {
  const { cases } = JSON.parse(
    readFileSync(new URL('../../fixtures/tokenizers.json', import.meta.url), 'utf8'),
  ) as { cases: { name: string; tokenizer: object }[] };
  const opened = await openBaseModel(`${fixturesFolder}stories260k`);
  await writeFile(
    join(folder, 'tokenizer.json'),
    JSON.stringify(cases.find(({ name }) => name === 'gpt2')?.tokenizer),
  );
  const base = { ...opened, folder, tokenizerPath: join(folder, 'tokenizer.json') };
  for (const config of [
    {},
    { clean_up_tokenization_spaces: true },
    { clean_up_tokenization_spaces: false },
  ]) {
    await writeFile(join(folder, 'tokenizer_config.json'), JSON.stringify(config));
    const { plain, decode } = await readTokenizer(base);
    for (const text of ['" != y . ,z"', " it 's n't , !", 'a  ?  b'])
      assert.equal(await decode(await plain(text)), text);
  }
});

test('every end of a turn that the model names ends what it writes', async () => {
  const opened = await openBaseModel(`${fixturesFolder}stories260k`);
  const model = await mkdtemp(join(tmpdir(), 'colora-ends-'));
  try {
    await cp(opened.folder, model, { recursive: true });
    await writeFile(join(model, 'generation_config.json'), JSON.stringify({ eos_token_id: [2, 7, 9] }));
    await writeFile(join(model, 'tokenizer_config.json'), JSON.stringify({ eos_token: '<s>' }));
    const { endIds } = await openTokenizer(await openBaseModel(model));
    assert.deepEqual([...endIds].sort(), [1, 2, 7, 9]);
  } finally {
    await rm(model, { recursive: true });
  }
});
