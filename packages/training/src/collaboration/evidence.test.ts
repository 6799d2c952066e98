// Evidence says what is so: where the others' rows fit, core explains unseen examples better; where they contradict one's
// labels, alone does. Made on features in which the truth is known.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { initialHead } from '@colora/adapters/head';
import { seededRandom } from '@colora/tensors/random';
import { gatherEvidence } from './evidence.ts';
import { mixingWeights, priorWithoutGroup, soberEvidence } from './mixing-weights.ts';

const size = 64;
const names = ['head/bad', 'head/good'];
const random = seededRandom('evidence');
const direction = Array.from({ length: size }, () => random.gaussian() / 4);

/** Noisy examples along a direction; by it the label is known. */
function draw(count: number) {
  const labels = Array.from({ length: count }, (_, i) => i % 2);
  const features = Float32Array.from({ length: count * size }, (_, at) => {
    const sign = labels[Math.floor(at / size)] === 1 ? 1 : -1;
    return sign * direction[at % size]! + random.gaussian();
  });
  return { features, size, labels };
}

function rowsAlong(sign: number) {
  return new Map(
    names.map((name, label) => {
      const side = sign * (label === 1 ? 1 : -1);
      const data = Float32Array.from([...direction.map((value) => 5 * side * value), 0]);
      return [name, { shape: [size + 1], data }] as const;
    }),
  );
}

const count = 96;

/** `wrong`: every so manieth label is the other one. */
function weightsWith(sign: number, wrong = Number.POSITIVE_INFINITY) {
  const drawn = draw(count);
  const table = { ...drawn, labels: drawn.labels.map((label, j) => (j % wrong === 0 ? 1 - label : label)) };
  const { logLikelihoods, right } = gatherEvidence({
    frozen: table,
    without: table,
    zeroRows: initialHead(names, size),
    rowsWithout: rowsAlong(sign),
    scale: 0.1,
    seed: 1,
    fits: true,
  });
  assert.deepEqual([logLikelihoods.length, right.length], [count, count]);
  assert.ok(logLikelihoods.flat().every((value) => value <= 0 && Number.isFinite(value)));
  const [alone, core, common] = mixingWeights(soberEvidence(logLikelihoods, 2), priorWithoutGroup);
  return { together: 1 - alone!, ofPersonal: core! / (core! + common!) };
}

test('helpful rows of others get the weight, contradicting ones lose it', () => {
  assert.ok(weightsWith(1).together > 0.85, 'helpful');
  assert.ok(weightsWith(-1).together < 0.3, 'contradicting');
});

test('one’s own part counts less where rows of others fit as they are, and a third of one’s labels may be wrong there', () => {
  const [contradicting, fitting, mislabelled] = [weightsWith(-1), weightsWith(1), weightsWith(1, 3)];
  assert.ok(fitting.ofPersonal < contradicting.ofPersonal - 0.3, `${fitting.ofPersonal}`);
  assert.ok(mislabelled.ofPersonal < 0.35, `${mislabelled.ofPersonal}`);
});

test('who adds nothing of her own is told of the model as it is: rows that a head of her own would mend don’t speak for it', () => {
  const table = draw(count);
  const inputs = { frozen: table, without: table, zeroRows: initialHead(names, size), scale: 0.1, seed: 1 };
  const of = (sign: number, fits: boolean) =>
    gatherEvidence({ ...inputs, rowsWithout: rowsAlong(sign), fits });
  for (const { logLikelihoods, right } of [of(-1, false), of(1, false)]) {
    for (const [, core, common] of logLikelihoods) assert.equal(core, common);
    assert.equal(right.length, count);
  }
  const rightOf = (sign: number, fits: boolean) => of(sign, fits).right.filter(([, core]) => core).length;
  assert.ok(rightOf(-1, false) < count / 4, 'the other way round');
  const likelihood = (fits: boolean) => of(-1, fits).logLikelihoods.reduce((sum, [, core]) => sum + core, 0);
  assert.ok(likelihood(false) < likelihood(true) - count / 10);
  assert.ok(rightOf(1, false) > (3 * count) / 4);
});

test('one example, and one label alone, are no reason to fail', () => {
  const one = { features: new Float32Array(size), size, labels: [0] };
  const rows = initialHead(names, size);
  const inputs = {
    frozen: one,
    without: one,
    zeroRows: rows,
    rowsWithout: rows,
    scale: 0.1,
    seed: 1,
    fits: true,
  };
  assert.deepEqual(gatherEvidence(inputs).logLikelihoods, [[-Math.LN2, -Math.LN2, -Math.LN2]]);
});
