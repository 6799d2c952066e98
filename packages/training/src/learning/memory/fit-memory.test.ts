import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TrainingError } from '../training-error.ts';
import { memoryLine, type StepMemory } from './memory-plan.ts';

const need = { weights: 5e8, step: 9e8 };
const alone: StepMemory = { need, lesser: () => [] };

test('what a step needs is said, and what is free where that is less', () => {
  const line = memoryLine(alone, { total: 8e9, available: 4e9 });
  assert.equal(
    line,
    'a training step needs about 1.4 GB: 0.5 GB of weights, which processes share, and 0.9 GB of its own',
  );
  assert.match(memoryLine(alone, { total: 8e9, available: 1e9 }), /; only 1\.0 GB are free now$/);
});

const lesser = [
  { by: '--recompute', need: { weights: 5e8, step: 6e8 } },
  { by: '--recompute and batches of 2', need: { weights: 5e8, step: 3e8 } },
  { by: '--recompute and batches of 1', need: { weights: 5e8, step: 2e8 } },
];

function refusal(memory: StepMemory, total: number): string {
  try {
    memoryLine(memory, { total, available: total });
  } catch (error) {
    assert.ok(error instanceof TrainingError && error.code === 'not-enough-memory');
    return error.message;
  }
  throw new assert.AssertionError({ message: 'it fits' });
}

test('a machine that has less in all is told, before anything runs, the first thing that makes a step fit', () => {
  let asked = 0;
  function* counted() {
    for (const one of lesser) {
      asked += 1;
      yield one;
    }
  }
  assert.match(
    refusal({ need, lesser: counted }, 0.9e9),
    /about 1\.4 GB .*this machine has 0\.9 GB\. With --recompute and batches of 2 it needs about 0\.8 GB, and fits$/,
  );
  assert.equal(asked, 2, 'no more is counted than is told');
});

test('where nothing makes it fit, that is said with the least that it would need', () => {
  assert.match(
    refusal({ need, lesser: () => lesser }, 0.6e9),
    /don't fit either \(with --recompute and batches of 1 still 0\.7 GB\): .*--base-precision 4bit.*smaller/,
  );
  assert.match(refusal(alone, 1e9), /don't fit either: /);
});

test('this machine has some', () => {
  assert.match(
    memoryLine({ ...alone, need: { weights: 1, step: 1 } }),
    /^a training step needs about 0\.0 GB/,
  );
});
