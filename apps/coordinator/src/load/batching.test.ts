import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { batched } from './batching.ts';

/** An asking whose answers come when they are let. */
function held() {
  const asked: { questions: readonly number[]; answer: () => void; fail: (error: Error) => void }[] = [];
  const ask = (questions: readonly number[]) =>
    new Promise<number[]>((resolve, fail) => {
      asked.push({ questions, answer: () => resolve(questions.map((x) => 10 * x)), fail });
    });
  return { asked, ask };
}

test('who asks in the same turn goes together, who comes while others are asked goes next', async () => {
  const { asked, ask } = held();
  const one = batched(ask, { atOnce: 1, most: 3 });
  const first = [1, 2].map(one);
  await turn();
  const second = [3, 4, 5, 6].map(one);
  await turn();
  assert.deepEqual(
    asked.map(({ questions }) => questions),
    [[1, 2]],
  );
  asked[0]!.answer();
  assert.deepEqual(await Promise.all(first), [10, 20]);
  asked[1]!.answer();
  assert.deepEqual(await Promise.all(second.slice(0, 3)), [30, 40, 50]);
  assert.deepEqual(asked[2]!.questions, [6]);
  asked[2]!.answer();
  assert.equal(await second[3], 60);
});

test('an asking that fails is told to those in it alone, and the next is asked', async () => {
  const { asked, ask } = held();
  const one = batched(ask, { atOnce: 1, most: 2 });
  const answers = Promise.allSettled([1, 2, 3].map(one));
  await turn();
  asked[0]!.fail(new Error('gone'));
  await turn();
  asked[1]!.answer();
  assert.deepEqual(
    (await answers).map((answer) => (answer.status === 'fulfilled' ? answer.value : answer.reason.message)),
    ['gone', 'gone', 30],
  );
});

test('who is apart is asked apart, and waits for nobody else', async () => {
  const { asked, ask } = held();
  const one = batched(ask, { atOnce: 1, apart: (x) => String(x % 2) });
  const answers = [1, 2, 3, 4].map(one);
  await turn();
  assert.deepEqual(
    asked.map(({ questions }) => questions),
    [
      [1, 3],
      [2, 4],
    ],
  );
  asked[1]!.answer();
  assert.equal(await answers[3], 40);
  const later = one(6);
  await turn();
  asked[2]!.answer();
  assert.equal(await later, 60);
  asked[0]!.answer();
  assert.deepEqual(await Promise.all(answers), [10, 20, 30, 40]);
});

test('each gets its own answer, whatever they weigh; only a single one is heavier than the most', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(20)), fc.integer({ min: 1, max: 3 }), async (questions, atOnce) => {
      let underWay = 0;
      const ask = async (some: readonly number[]) => {
        underWay += 1;
        assert.ok(underWay <= atOnce);
        assert.ok(some.length === 1 || some.reduce((sum, x) => sum + x, 0) <= 15);
        await turn();
        underWay -= 1;
        return some.map((x) => -x);
      };
      const one = batched(ask, { atOnce, most: 15, weigh: (x) => x });
      assert.deepEqual(
        await Promise.all(questions.map(one)),
        questions.map((x) => -x),
      );
    }),
    { numRuns: 50 },
  );
});
