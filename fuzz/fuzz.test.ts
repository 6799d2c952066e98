// Readers of bytes that others may have written, held for some seconds with damaged files: `npm run fuzz -- --minutes N` goes on.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { ModelError } from '@colora/models/model-error';
import fc from 'fast-check';
import { type TargetKind, targetKinds, withTargets } from './all-targets.ts';
import { damaged } from './damage.ts';
import { holdTarget } from './hold-target.ts';
import { jsonBytes } from './target.ts';

const folder = await mkdtemp(join(tmpdir(), 'colora-fuzz-'));
after(() => rm(folder, { recursive: true, force: true }));
const secondsOfAKind = 4;
const inputs = 300;

describe('whatever the bytes, it ends soon, well or in words', () => {
  for (const kind of Object.keys(targetKinds) as TargetKind[])
    test(kind, () =>
      withTargets(kind, folder, async (targets) => {
        for (const target of targets)
          await holdTarget(target, { seed: 16, inputs, seconds: secondsOfAKind / targets.length });
      }),
    );
});

describe('the property can fail', () => {
  const limits = { seed: 1, inputs: 2_000, seconds: 20 };
  const corpus = [jsonBytes({ name: 'a', shape: [2, 2] })];
  const readers: [what: string, read: (bytes: Uint8Array) => Promise<unknown>, fault: RegExp][] = [
    [
      'an error of the language',
      async (bytes) => JSON.parse(String(bytes && Buffer.from(bytes))).name.at(0),
      /(Type|Syntax)Error/,
    ],
    [
      'an error without words',
      async () => Promise.reject(new ModelError('bad-config', ' ')),
      /ModelError without words/,
    ],
    ['memory without bound', async (bytes) => hoard(bytes), /MB more/],
  ];
  const hoarded: Uint8Array[] = [];
  const hoard = (bytes: Uint8Array) => {
    if (!Buffer.from(bytes).equals(corpus[0]!)) hoarded.push(new Uint8Array(700e6).fill(1));
  };
  for (const [what, read, fault] of readers)
    test(what, async () => {
      const target = { name: what, form: 'json' as const, corpus, read, refusesSound: true };
      await assert.rejects(holdTarget(target, limits), fault);
      hoarded.length = 0;
    });
});

test('damages differ from what is sound, and are the same for a seed', () => {
  const target = { form: 'json' as const, corpus: [jsonBytes({ a: [1, { b: 'c' }], d: null })] };
  const sample = () =>
    fc.sample(damaged(target), { numRuns: 200, seed: 3 }).map((bytes) => Buffer.from(bytes).toString());
  const once = sample();
  assert.deepEqual(sample(), once);
  assert.ok(new Set(once).size > 100);
});
