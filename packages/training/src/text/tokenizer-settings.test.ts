// A tokenizer whose two files contradict each other, as transformers 5.24 was seen to read them: refused, whichever is meant.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { openBaseModel } from '@colora/models/base-model';
import { fixturesFolder } from '@colora/models/testing-references';
import { readTokenizer } from './read-tokenizer.ts';
import { assertAgreed, type TokenizerParts } from './tokenizer-settings.ts';

const own = JSON.parse(readFileSync(`${fixturesFolder}tiny-bert/tokenizer.json`, 'utf8')) as {
  readonly normalizer: object;
};
const fixture = new URL('../../fixtures/tokenizers.json', import.meta.url);
const kinds = new Map(
  (
    JSON.parse(readFileSync(fixture, 'utf8')) as { cases: { name: string; tokenizer: TokenizerParts }[] }
  ).cases.map(({ name, tokenizer }) => [name, tokenizer]),
);

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'colora-settings-'));
  await cp(`${fixturesFolder}tiny-bert`, folder, { recursive: true }); // lower-cases
});
after(() => rm(folder, { recursive: true }));

async function idsWith(settings: object, normalizer: object = {}): Promise<number[]> {
  await writeFile(join(folder, 'tokenizer_config.json'), JSON.stringify(settings));
  const changed = { ...own, normalizer: { ...own.normalizer, ...normalizer } };
  await writeFile(join(folder, 'tokenizer.json'), JSON.stringify(changed));
  return (await readTokenizer(await openBaseModel(folder))).plain('The cat');
}

describe('capitals, accents and Chinese characters of BERT', () => {
  test('are read where both files agree, or the settings say nothing of them', async () => {
    const lowered = await idsWith({});
    for (const settings of [
      { do_lower_case: true, strip_accents: null, tokenize_chinese_chars: true },
      { do_lower_case: true, strip_accents: true, tokenizer_class: 'BertTokenizer' },
      { do_lower_case: false, tokenizer_class: 'PreTrainedTokenizerFast' }, // there it is not read
    ])
      assert.deepEqual(await idsWith(settings), lowered);
    assert.notDeepEqual(await idsWith({ do_lower_case: false }, { lowercase: false }), lowered);
  });

  test('are refused where the files contradict each other, also by what transformers takes for said', async () => {
    for (const [settings, normalizer, message] of [
      [
        { do_lower_case: false },
        {},
        /tokenizer\.json has lowercase true in its normalizer, and tokenizer_config\.json do_lower_case false: /,
      ],
      [
        { strip_accents: false, tokenizer_class: 'DistilBertTokenizer' },
        {},
        /strip_accents true .* false: texts/,
      ],
      [{ tokenize_chinese_chars: false }, {}, /handle_chinese_chars true .*tokenize_chinese_chars false/],
      [{}, { lowercase: false }, /lowercase false .* do_lower_case true by not naming it: /],
    ] as const)
      await assert.rejects(idsWith(settings, normalizer), { code: 'bad-tokenizer', message });
  });
});

test('a space before every text: refused where the settings ask for it and the file puts none, or the other way round', () => {
  const base = { tokenizerPath: 'tokenizer.json', modelType: 'llama' } as never;
  const check = (kind: string, settings: object) => () =>
    assertAgreed(base, kinds.get(kind)!, settings as Record<string, unknown>);
  const puts: readonly (readonly [kind: string, tokenizer_class: string, puts: boolean])[] = [
    ['gpt2', 'GPT2Tokenizer', false],
    ['gpt2-prefix-space', 'GPT2TokenizerFast', true],
    ['roberta', 'RobertaTokenizer', false],
    ['qwen', 'Qwen2Tokenizer', false],
    ['smollm', 'GPT2Tokenizer', false],
    ['llama2', 'LlamaTokenizer', true],
    ['llama2-always', 'LlamaTokenizerFast', true],
    ['llama2-legacy', 'LlamaTokenizer', true],
    ['llama2-never', 'LlamaTokenizer', false],
  ];
  for (const [kind, tokenizer_class, add_prefix_space] of puts) {
    check(kind, { tokenizer_class })();
    check(kind, { tokenizer_class, add_prefix_space })();
    check(kind, { tokenizer_class: 'PreTrainedTokenizerFast', add_prefix_space: !add_prefix_space })();
    assert.throws(
      check(kind, { tokenizer_class, add_prefix_space: !add_prefix_space }),
      /tokenizer\.json has (a|no) space put before a text, and tokenizer_config\.json add_prefix_space (true|false): /,
      kind,
    );
  }
});
