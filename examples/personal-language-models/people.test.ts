// The drawn people: sentences of their own, judged on the same prompts, in words that oppose each other's.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drawGroups } from './people.ts';
import { readSentences } from './sentences.ts';

test('nobody shares a sentence, and the groups answer the same prompts the other way round', async () => {
  const sentences = await readSentences();
  assert.ok(sentences.length > 1500);
  const groups = drawGroups(sentences, { seed: 1, examples: 24, heldOut: 100 });
  const trained = groups.flatMap(({ people }) => [...people.values()].flat());
  assert.equal(trained.length, 8 * 24);
  const prompts = [...trained, ...groups[0]!.heldOut].map(({ prompt }) => prompt);
  assert.ok(new Set(prompts).size > prompts.length - 5); // a few sentences occur twice in the source
  const [makers, rivals] = groups.map(({ heldOut }) => heldOut);
  assert.equal(makers!.length, 100);
  assert.deepEqual(
    makers!.map(({ prompt }) => prompt),
    rivals!.map(({ prompt }) => prompt),
  );
  for (const [index, { completion }] of makers!.entries()) {
    assert.deepEqual([completion, rivals![index]!.completion].sort(), [' bad', ' good']);
  }
});

test('a draw is repeated by its seed', async () => {
  const sentences = await readSentences();
  const draw = { seed: 3, examples: 4, heldOut: 5 };
  assert.deepEqual(drawGroups(sentences, draw), drawGroups(sentences, draw));
  assert.notDeepEqual(drawGroups(sentences, { ...draw, seed: 4 }), drawGroups(sentences, draw));
});
