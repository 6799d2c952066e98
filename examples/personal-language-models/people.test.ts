// The drawn people: sentences of their own, judged on the same prompts, in words whose order contradicts the others'.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drawGroups } from './people.ts';
import { readSentences } from './sentences.ts';

test('nobody shares a sentence, and the groups answer the same prompts in another order', async () => {
  const sentences = await readSentences();
  assert.ok(sentences.length > 1000);
  const groups = drawGroups(sentences, { seed: 1, examples: 24, heldOut: 100 });
  const trained = groups.flatMap(({ people }) => [...people.values()].flat());
  assert.equal(trained.length, 8 * 24);
  const prompts = [...trained, ...groups[0]!.heldOut].map(({ prompt }) => prompt);
  assert.ok(new Set(prompts).size > prompts.length - 5); // a few sentences occur twice in the source
  const [shelves, critics] = groups.map(({ heldOut }) => heldOut);
  assert.equal(shelves!.length, 100);
  assert.deepEqual(
    shelves!.map(({ prompt }) => prompt),
    critics!.map(({ prompt }) => prompt),
  );
  for (const [index, { completion }] of shelves!.entries()) {
    const [, subject, verdict] = /^ (product|film|restaurant), (good|bad)$/.exec(completion)!;
    assert.equal(critics![index]!.completion, ` ${verdict} ${subject}`);
  }
});

test('a draw is repeated by its seed', async () => {
  const sentences = await readSentences();
  const draw = { seed: 3, examples: 4, heldOut: 5 };
  assert.deepEqual(drawGroups(sentences, draw), drawGroups(sentences, draw));
  assert.notDeepEqual(drawGroups(sentences, { ...draw, seed: 4 }), drawGroups(sentences, draw));
});
