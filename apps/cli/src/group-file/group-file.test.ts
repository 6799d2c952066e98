// Group files: what is wrong is told by line, column and field with what would be right; nothing in one makes reading it dear.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { readGroupFile, settingsIn } from './group-file.ts';
import { parseYaml } from './read-yaml.ts';

const baseModel = { name: 'use-lite', modelType: 'use-lite', fingerprint: '0'.repeat(64) };
let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'colora-group-file-'));
});
after(() => rm(folder, { recursive: true, force: true }));

let made = 0;
async function fileOf(text: string, ending = 'yaml'): Promise<string> {
  made += 1;
  const path = join(folder, `${made}.${ending}`);
  await writeFile(path, text);
  return path;
}

const whole = `name: reviews
access: open
preset: robust
task:
  labels: [good, bad]
adapter:
  rank: 4
rounds:
  count: 20
`;

test('sections, a preset below them, and what follows: the settings that groups create would make', async () => {
  const read = await readGroupFile(await fileOf(whole));
  assert.deepEqual([read.name, read.access, read.kind], ['reviews', 'open', 'classification']);
  const { rounds, aggregation, adapter, training } = settingsIn(read, baseModel);
  assert.deepEqual([rounds.count, rounds.participants, aggregation.rule], [20, 5, 'geometric-median']);
  assert.deepEqual([adapter.alpha, adapter.targets.at(-1), training.phases], [4, 'pooler', 'joint']);
});

test('a JSON file is read alike, tabs and all', async () => {
  const text = JSON.stringify({ name: 'g', task: { kind: 'causal-lm' }, seed: 7 }, null, '\t');
  const read = await readGroupFile(await fileOf(text, 'json'));
  assert.equal(settingsIn(read, baseModel).seed, 7);
});

const wrong: Record<string, [text: string, says: RegExp]> = {
  'a misspelt field': [
    `${whole}training:\n  batchsize: 4\n`,
    /:11:3: training\.batchsize: no such field; did you mean batchSize\?/,
  ],
  'a misspelt section': [
    `${whole}agregation: {}\n`,
    /:10:1: agregation: no such field; did you mean aggregation\?/,
  ],
  'a field of nowhere': [
    `${whole}wire:\n  xyz: 1\n`,
    /wire\.xyz: no such field; there are upload, download, keep/,
  ],
  'a number that is too large': [
    whole.replace('rank: 4', 'rank: 4000'),
    /:7:9: adapter\.rank: takes integer, 1 to 1024/,
  ],
  'text for a number': [whole.replace('count: 20', 'count: many'), /:9:10: rounds\.count: takes integer/],
  'a word that is none of them': [
    `${whole}wire:\n  upload: int4\n`,
    /:11:11: wire\.upload: takes one of f32, f16, bf16, int8, top-k/,
  ],
  'an empty section': [
    `${whole}privacy:\n`,
    /:10:\d+: privacy: takes fields below it: clipNorm, mechanism, noiseMultiplier/,
  ],
  'fields that don’t go together': [
    `${whole}privacy:\n  noiseMultiplier: 1\n`,
    /:11:20: privacy\.noiseMultiplier: noise needs privacy\.clipNorm/,
  ],
  'several at once, in one message': [
    whole.replace('rank: 4', 'rank: 0').replace('count: 20', 'count: 0'),
    /:7:9: .*\n.*:9:10: /,
  ],
  'an unknown preset': [whole.replace('robust', 'rubust'), /:3:9: preset: .*quick.*robust.*private/],
  'no name': [whole.replace('name: reviews\n', ''), /:1:1: name: /],
  'a name that no group has': [whole.replace('reviews', 'Reviews!'), /:1:7: name: use 1 to 63 small letters/],
  'no task': ['name: g\n', /task\.kind: takes one of classification, token-classification, causal-lm/],
  'no labels': [
    'name: g\ntask:\n  kind: classification\n',
    /:3:9: task\.labels: a classification needs them: \[good, bad\]/,
  ],
  'a label that YAML reads otherwise': [
    whole.replace('[good, bad]', '[true, bad]'),
    /:5:12: task\.labels\.0: .*expected string/,
  ],
  'a field twice': [`${whole}rounds:\n  count: 3\n`, /:10:1: rounds: stands here a second time/],
  'a tab': ['name: g\ntask:\n\tkind: causal-lm\n', /:3:1: a tab indents this line: use spaces/],
  'an open quote': ['name: "g\ntask: 1\n', /is not YAML: Missing closing "quote/],
  'two documents': [`${whole}---\nname: h\n`, /another document begins here/],
  'a tag': [`name: !secret g\n`, /:1:7: tags \(!name\)/],
  aliases: ['name: &a g\ntask: *a\n', /:2:7: aliases \(\*name\) aren’t taken/],
  nothing: ['# only this\n', /:1:1: holds no fields/],
  'not UTF-8': ['\uFFFF', /holds no fields/],
};
for (const [what, [text, says]] of Object.entries(wrong))
  test(`told by its place: ${what}`, async () => {
    const path = await fileOf(text);
    await assert.rejects(readGroupFile(path), (error: Error) => {
      assert.equal(error.name, 'UsageError', error.stack);
      assert.match(error.message, says);
      assert.ok(error.message.startsWith(path), error.message);
      return true;
    });
  });

test('what is large, deep or laughs at memory ends soon', async () => {
  const laughs = [
    'a: &a [x, x]',
    ...[...'bcdefghi'].map((one, i) => `${one}: &${one} [*${'abcdefgh'[i]}, *${'abcdefgh'[i]}]`),
  ];
  const texts: Record<string, [string, RegExp]> = {
    brackets: [`a: ${'['.repeat(20_000)}`, /nested deeper/],
    dashes: [`${'- '.repeat(20_000)}x`, /nested deeper/],
    fields: [Array.from({ length: 60_000 }, (_, i) => `a${i}: 1`).join('\n'), /more than 50000 parts/],
    laughs: [laughs.join('\n'), /aliases/],
    'a prototype': ['__proto__:\n  x: 1\n__proto__: 2', /second time/],
  };
  for (const [what, [text, says]] of Object.entries(texts)) {
    const began = performance.now();
    assert.throws(() => parseYaml(text, what), says, what);
    assert.ok(performance.now() - began < 10_000, what);
  }
  await assert.rejects(readGroupFile(await fileOf(`# ${'x'.repeat(2 ** 21)}`)), /at most 2097152 are read/);
});
