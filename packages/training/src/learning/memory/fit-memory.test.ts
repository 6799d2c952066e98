// What is said of a step's memory, refused and chosen; and that what is counted as lesser really is, on a real model.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fixturesFolder } from '@colora/models/testing-references';
import { engineDefaults } from '../../engines/engine-settings.ts';
import { onnxEngine } from '../../engines/onnx-engine.ts';
import { modelParts } from '../../programs/model-parts.ts';
import { shareResources } from '../../programs/shared-resources.ts';
import type { EncodedExample } from '../../tasks/encoded-example.ts';
import { recipe, useLiteFolder } from '../../testing/testing-models.ts';
import { TrainingError } from '../../training-error.ts';
import { fitToMemory, planStep } from './fit-memory.ts';
import { bytesOf, countStep, type Lesser, lesserSteps } from './memory-plan.ts';
import { type Room, roomFor } from './room.ts';

const need = { weights: 5e8, step: 9e8 };
const machine = (bytes: number, free = bytes): Room => ({ bytes, free, by: 'this machine has' });
const refuses = { fitMemory: false };

test('what a step needs is said, and what is free where that is less', () => {
  const said = (room: Room) => planStep({ need }, () => [], room, refuses);
  assert.deepEqual(said(machine(8e9, 4e9)), {
    line: 'a training step needs about 1.4 GB: 0.5 GB of weights, which processes share, and 0.9 GB of its own',
  });
  assert.match(said(machine(8e9, 1e9)).line, /; only 1\.0 GB are free now$/);
});

const lesser: readonly Lesser[] = [
  { by: '--recompute', need: { weights: 5e8, step: 6e8 }, own: { recompute: true } },
  {
    by: '--recompute and --base-precision 4bit',
    need: { weights: 4e8, step: 6e8 },
    own: { recompute: true, precision: '4bit' },
  },
  { by: '--recompute and batches of 2', need: { weights: 5e8, step: 3e8 } },
];

function refusal(ways: Iterable<Lesser>, bytes: number, fitMemory = false): string {
  try {
    planStep({ need }, () => ways, machine(bytes), { fitMemory });
  } catch (error) {
    assert.ok(error instanceof TrainingError && error.code === 'not-enough-memory');
    return error.message;
  }
  throw new assert.AssertionError({ message: 'it fits' });
}

test('where there is less in all, the first thing that makes a step fit is told before anything runs', () => {
  let asked = 0;
  function* counted() {
    for (const one of lesser) {
      asked += 1;
      yield one;
    }
  }
  assert.match(
    refusal(counted(), 1.05e9),
    /about 1\.4 GB .*; this machine has 1\.1 GB\. With --recompute and --base-precision 4bit it needs about 1\.0 GB, and fits \(--fit-memory chooses that by itself\)$/,
  );
  assert.equal(asked, 2, 'no more is counted than is told');
});

test('with --fit-memory what is the member’s to choose is chosen, and what is the group’s is not', () => {
  const { line, own } = planStep({ need }, () => lesser, machine(1.2e9), { fitMemory: true });
  assert.deepEqual(own, { recompute: true });
  assert.match(line, /this machine has 1\.2 GB: going on with --recompute, which needs about 1\.1 GB/);
  assert.match(
    refusal(lesser, 0.9e9, true),
    /With --recompute and batches of 2 it needs about 0\.8 GB, and fits$/,
  );
});

test('where nothing makes it fit, that is said with the least that it would need', () => {
  assert.match(
    refusal(lesser, 0.6e9),
    /don't fit either \(with --recompute and batches of 2 still 0\.8 GB\): ask for .*smaller base model$/,
  );
  assert.match(refusal([], 1e9), /don't fit either: /);
});

test('a machine has some memory, of which its owner may allow less', () => {
  const { bytes, free } = roomFor(null);
  assert.ok(bytes > 1e8 && free > 0 && free <= bytes);
  assert.deepEqual(roomFor(1e8), { bytes: 1e8, free: Math.min(free, 1e8), by: '--max-memory allows' });
  assert.equal(roomFor(1e15).bytes, bytes);
});

const cacheFolder = await mkdtemp(join(tmpdir(), 'colora-fit-'));
const engine = onnxEngine({ device: 'cpu', threads: 1 });
after(async () => {
  await engine.dispose();
  await rm(cacheFolder, { recursive: true });
});

const resourcesAt = (maxMemory: number, said: string[] = []) =>
  shareResources(engine, (line) => said.push(line), {
    ...engineDefaults,
    cacheFolder,
    maxMemory,
    fitMemory: true,
  });

/** Of texts that fill batches of 64 x 64 tokens. */
async function wideStep(folder: string, change: Parameters<typeof recipe>[0], labels: readonly string[]) {
  const training = { personalSteps: 1, sharedSteps: 1, batchSize: 64 };
  const settings = await recipe({ ...change, training }, folder);
  const parts = modelParts(await resourcesAt(1e9).base(folder), settings, labels);
  const ids = Array.from({ length: 64 }, (_, i) => 5 + i);
  const examples: EncodedExample[] = Array.from({ length: 64 }, (_, i) => ({
    key: `${i}`,
    ids,
    padTo: 64,
    label: labels.length > 0 ? i % labels.length : -1,
    targets: { positions: [...ids.keys()].slice(1), values: ids.slice(1) },
    truncated: false,
  }));
  const counted = countStep(engine, parts, examples, true)!;
  const fittedTo = async (bytes: number) => {
    const said: string[] = [];
    const fitted = await fitToMemory(resourcesAt(bytes, said), { parts, examples });
    return {
      ...fitted,
      said: said.join(),
      needs: bytesOf(countStep(fitted.engine, fitted.parts, examples, true)!.need),
    };
  };
  return { parts, examples, counted, fittedTo };
}

const stories = () =>
  wideStep(
    join(fixturesFolder, 'stories260k'),
    { task: { kind: 'causal-lm' }, adapter: { rank: 2, alpha: 2, targets: ['self_attn.q_proj'] } },
    [],
  );

test('each way of a real step needs less than the one before; activations again, and what a group has to choose', async () => {
  const { parts, examples, counted, fittedTo } = await stories();
  assert.equal(countStep(engine, parts, examples, false), undefined, 'nobody need hear of so small a step');
  const ways = [...lesserSteps(engine, parts, counted, [])];
  assert.deepEqual(
    ways.map(({ own }) => own?.recompute ?? false),
    [true, ...Array<boolean>(6).fill(false)],
  );
  assert.equal(ways[1]!.by, '--recompute and batches of 32 (--batch-size, a setting of the group)');
  const needs = [counted, ...ways].map((way) => bytesOf(way.need));
  assert.deepEqual(
    needs,
    needs.toSorted((a, b) => b - a),
  );
  const whole = await fittedTo(needs[0]!);
  assert.deepEqual([whole.engine === engine, whole.parts === parts], [true, true]);
  const fitted = await fittedTo(needs[1]!);
  assert.match(fitted.said, /going on with --recompute,/);
  assert.equal(fitted.needs, needs[1]);
});

test('a base in fewer bits is chosen before what a group has to choose, and is what the learner has', async () => {
  const { counted, fittedTo } = await wideStep(await useLiteFolder(), {}, ['bad', 'good']);
  const fitted = await fittedTo(bytesOf(counted.need) - 1);
  assert.match(fitted.said, /going on with --base-precision 16bit,/);
  assert.ok(fitted.needs < bytesOf(counted.need));
  const linear = `${fitted.parts.modules[0]!.name}.weight`;
  assert.equal(fitted.parts.base.weights.find(({ name }) => name === linear)?.dtype, 'BF16');
});
