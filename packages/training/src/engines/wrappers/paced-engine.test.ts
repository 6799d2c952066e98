// Rests between steps: by a share, and while paused; the priority is the trainer's alone.
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { getPriority } from 'node:os';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import { initialShared } from '../../learning/initial-checkpoint.ts';
import { recipe, reviews, useLiteFolder } from '../../testing/testing-models.ts';
import { startTrainer } from '../../trainer.ts';
import { restMs } from './paced-engine.ts';

test('work and rest make the share', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0.01, max: 1, noNaN: true }),
      fc.integer({ min: 1, max: 1e6 }),
      (share, work) => {
        const rest = restMs(work, share);
        assert.ok(rest >= 0 && Math.abs(work / (work + rest) - share) < 1e-9);
      },
    ),
  );
});

async function open(options: Parameters<typeof startTrainer>[0]) {
  const trainer = await startTrainer({ engine: 'onnx', device: 'cpu', threads: 1, ...options });
  const settings = await recipe();
  const baseModel = await useLiteFolder();
  const shared = await initialShared(baseModel, settings, 0);
  const learner = await trainer.openLearner({ baseModel, settings, examples: await reviews(0, 16), seed: 1 });
  return { trainer, learner, shared };
}

test('a paused trainer finishes no round until it is resumed, with the same result; closing ends a pause', async () => {
  const free = await open({});
  const expected = await free.learner.trainRound({ shared: free.shared, round: 1 });
  await free.trainer.close();
  const { trainer, learner, shared } = await open({ share: 0.5, priority: 'low' });
  trainer.pause();
  let done = false;
  const round = learner.trainRound({ shared, round: 1 }).finally(() => {
    done = true;
  });
  await delay(500);
  assert.equal(done, false);
  trainer.resume();
  assert.deepEqual(await round, expected);
  trainer.pause();
  const stuck = assert.rejects(learner.trainRound({ shared, round: 2 }), { code: 'closed' });
  await delay(100);
  await trainer.close();
  await stuck;
});

test('on Linux the threads that train are nice, and the others are not', async (context) => {
  if (process.platform !== 'linux') return context.skip('a priority is the process’s there');
  const before = getPriority();
  const { trainer, learner, shared } = await open({ priority: 'low', threads: 2 });
  await learner.trainRound({ shared, round: 1 });
  assert.equal(getPriority(), before);
  const nice = await Promise.all(
    (await readdir('/proc/self/task')).map(async (task) => {
      const stat = await readFile(`/proc/self/task/${task}/stat`, 'utf8').catch(() => '');
      return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16]);
    }),
  );
  assert.ok(nice.filter((value) => value === 19).length >= 2, `${nice}`);
  await trainer.close();
});
