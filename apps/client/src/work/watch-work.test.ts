// Nobody waits in silence: what lasts is told each second, what is done at once, and what was abandoned not at all.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { type WatchOptions, type WorkProgress, watchWork } from './watch-work.ts';

const { signal } = new AbortController();

function watched(options: Partial<WatchOptions> = {}) {
  const told: WorkProgress[] = [];
  return { told, work: watchWork({ ...options, tell: (progress) => told.push(progress) }) };
}

test('quick steps are told one by one and nothing else is; the next work of that name knows how long they take', async () => {
  const { told, work } = watched();
  const steps = async (onStep: () => void) => {
    for (let step = 0; step < 3; step += 1) {
      await delay(20);
      onStep();
    }
    return 'done';
  };
  assert.equal(await work.during({ what: 'training', round: 2, steps: 3 }, steps, signal), 'done');
  assert.deepEqual(
    told.map((one) => [one.kind, one.round, one.step, one.steps]),
    [1, 2, 3].map((step) => ['step', 2, step, 3]),
  );
  const seconds = work.times('training').settled()!;
  assert.ok(seconds > 0.015 && seconds < 1, `${seconds}`);
  assert.deepEqual(
    [told[2]!.secondsLeft, told[2]!.kind === 'step' && told[2]!.stepSecondsLeft],
    [null, null],
  );
  assert.equal(work.times('evaluating').expected(), null);
});

test('a step that lasts is told each second: the first counts up, the next by the steps before it', async () => {
  const { told, work } = watched();
  const lasting = async (onStep: () => void) => {
    await delay(2300);
    onStep();
    await delay(1300);
  };
  await work.during({ what: 'training', steps: 64, done: 8 }, lasting, signal);
  const ticks = told.filter((one) => one.kind === 'working');
  const [first, again] = ticks.filter(({ step }) => step === 9);
  const next = ticks.find(({ step }) => step === 10);
  assert.ok(first !== undefined && again !== undefined && next !== undefined && next.steps === 64);
  assert.deepEqual([first.secondsLeft, first.stepSecondsLeft], [null, null]);
  assert.ok(again.seconds > first.seconds && first.seconds >= 0.9);
  const expected = work.times('training').expected()!;
  assert.ok(next.stepSecondsLeft! < expected && next.secondsLeft! >= 54 * expected);
});

test('work without steps tells what it is, and the second time how long it takes', async () => {
  const { told, work } = watched();
  const evaluate = () => work.during({ what: 'evaluating' }, () => delay(1500), signal);
  await evaluate();
  await evaluate();
  const [first, second] = told;
  assert.ok(first?.kind === 'working' && second?.kind === 'working' && told.length === 2);
  assert.deepEqual([first.step, first.steps, first.secondsLeft], [null, null, null]);
  assert.ok(second.secondsLeft! < work.times('evaluating').expected()!);
});

test('work that turns out to hold another is told as that, with its steps, and then as itself again', async () => {
  const { told, work } = watched();
  await work.during(
    { what: 'opening' },
    async (onStep, becomes) => {
      becomes({ what: 'keeping', steps: 2 });
      await delay(20);
      onStep();
      await delay(1200);
      onStep();
      becomes({ what: 'opening' });
      await delay(1200);
    },
    signal,
  );
  const named = told.map(({ what, kind, step }) => `${what} ${kind} ${step}`);
  assert.deepEqual(
    [...new Set(named)],
    ['keeping step 1', 'keeping working 2', 'keeping step 2', 'opening working null'],
  );
  assert.ok(work.times('keeping').settled()! > 1);
  assert.ok(work.times('opening').expected()! >= 1, 'of itself, since it was taken up again');
});

test('a step in which the machine rested tells nothing of the next', async () => {
  let rests = 0;
  const { work } = watched({ rests: () => rests });
  const steps = async (onStep: () => void) => {
    onStep();
    rests += 1;
    onStep();
  };
  await work.during({ what: 'training', steps: 2 }, steps, signal);
  assert.equal(work.times('training').settled(), null);
});

test('once it is stopped nothing more is told, and its reason is what is heard', async () => {
  const { told, work } = watched();
  const stop = new AbortController();
  let later: () => void = () => undefined;
  const lasting = (onStep: () => void) => {
    later = onStep;
    return new Promise<never>(() => undefined);
  };
  const ended = work.during({ what: 'training', steps: 2 }, lasting, stop.signal);
  stop.abort(new Error('stop'));
  await assert.rejects(ended, /stop/);
  later();
  await delay(1200);
  assert.deepEqual(told, []);
});
