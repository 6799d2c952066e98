// Every rule against the numbers of numpy (scripts/make-aggregation-fixtures.py), and what each promises.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { aggregationRuleSchema, fewestContributions } from '@colora/protocol/aggregation-settings';
import { type TensorMap, tensor } from '@colora/tensors/tensor';
import fc from 'fast-check';
import { AggregationError } from '../aggregation-error.ts';
import type { Contribution } from '../contribution.ts';
import { contributionsInMemory } from '../contributions-in-memory.ts';
import { type RuleOutcome, runRule } from '../run-rule.ts';
import { chooseRule, type RuleSettings } from './choose-rule.ts';

type Values = Record<string, number[]>;
interface Fixture {
  shapes: Record<string, number[]>;
  settings: Omit<RuleSettings, 'rule'>;
  cases: {
    name: string;
    rounds: { weight: number; staleness: number; tensors: Values }[][];
    expected: Record<RuleSettings['rule'], Values[]>;
  }[];
}
const fixture: Fixture = JSON.parse(
  await readFile(new URL('../../fixtures/rules.json', import.meta.url), 'utf8'),
);
const shapes = new Map(Object.entries(fixture.shapes));
const mapOf = (values: Values): TensorMap =>
  new Map(Object.entries(values).map(([name, data]) => [name, tensor(shapes.get(name)!, data)]));
const schema = new Map([...shapes].map(([name, shape]) => [name, { shape }]));

for (const { name, rounds, expected } of fixture.cases) {
  for (const rule of aggregationRuleSchema.options) {
    test(`${rule}, ${name}: the numbers of numpy`, async () => {
      const chosen = chooseRule({ rule, ...fixture.settings });
      let state: TensorMap = new Map();
      for (const [index, sent] of rounds.entries()) {
        const contributions = sent.map((one) => ({ ...one, tensors: mapOf(one.tensors) }));
        const outcome = await runRule(chosen, contributionsInMemory(schema, contributions), state);
        assertClose(outcome.update, expected[rule][index]!);
        state = outcome.state;
      }
    });
  }
}

function assertClose(update: TensorMap, expected: Values): void {
  assert.deepEqual([...update.keys()].sort(), Object.keys(expected).sort());
  for (const [name, values] of Object.entries(expected)) {
    const scale = Math.max(...values.map(Math.abs));
    for (const [i, value] of values.entries()) {
      const actual = update.get(name)!.data[i]!;
      assert.ok(Math.abs(actual - value) <= 1e-6 * scale, `${name}[${i}]: ${actual} is not ${value}`);
    }
  }
}

const size = 6;
const flat = new Map([['w', { shape: [size] }]]);
const settings = { trim: 0.3, byzantine: 2, radius: 1e6 };
const vector = fc
  .array(fc.float({ min: -100, max: 100, noNaN: true }), { minLength: size, maxLength: size })
  .map((values) => values.map((value) => Math.round(value * 1024) / 1024));
const one = (values: readonly number[], weight = 1): Contribution => ({
  weight,
  tensors: new Map([['w', tensor([size], values)]]),
});

async function run(
  rule: RuleSettings['rule'],
  sent: readonly Contribution[],
  more: Partial<RuleSettings> = {},
): Promise<RuleOutcome & { w: number[] }> {
  const chosen = chooseRule({ ...settings, ...more, rule });
  const outcome = await runRule(chosen, contributionsInMemory(flat, sent), new Map());
  return { ...outcome, w: [...outcome.update.get('w')!.data] };
}

const distance = (a: readonly number[], b: readonly number[]) =>
  Math.hypot(...a.map((value, i) => value - b[i]!));

for (const rule of aggregationRuleSchema.options) {
  test(`${rule}: the minimum is the one of the settings’ schema, and one less is refused`, async () => {
    const minimum = fewestContributions({ ...settings, rule });
    assert.equal(chooseRule({ ...settings, rule }).minimum, minimum);
    const sent = Array.from({ length: minimum - 1 }, () => one([1, 2, 3, 4, 5, 6]));
    await assert.rejects(
      run(rule, sent),
      (error) =>
        error instanceof AggregationError &&
        error.code === 'too-few-contributions' &&
        error.message.includes(`at least ${minimum} contributions`),
    );
  });

  test(`${rule}: the same contribution from everybody comes out as itself`, async () => {
    await fc.assert(
      fc.asyncProperty(vector, fc.integer({ min: 7, max: 12 }), async (values, n) => {
        const sent = Array.from({ length: n }, (_, i) => one(values, i + 1));
        assert.deepEqual(
          (await run(rule, sent)).w.map((x) => x + 0),
          [...Float32Array.from(values)].map((x) => x + 0),
        );
      }),
      { numRuns: 30 },
    );
  });

  test(`${rule}: who sent what makes no difference but for rounding`, async () => {
    const shuffled = fc
      .array(vector, { minLength: 7, maxLength: 10 })
      .chain((rows) => fc.tuple(fc.constant(rows), fc.shuffledSubarray(rows, { minLength: rows.length })));
    await fc.assert(
      fc.asyncProperty(shuffled, async ([rows, other]) => {
        if (new Set(rows.map(String)).size < rows.length) return; // of equal scores krum takes the first
        const [a, b] = [
          await run(
            rule,
            rows.map((row) => one(row)),
          ),
          await run(
            rule,
            other.map((row) => one(row)),
          ),
        ];
        if (rule.includes('krum') && tied(rows)) return;
        const scale = Math.max(1, ...a.w.map(Math.abs));
        for (const [i, x] of a.w.entries()) assert.ok(Math.abs(x - b.w[i]!) <= 1e-5 * scale);
      }),
      { numRuns: 50 },
    );
  });
}

/** Whether two rows have equal krum scores: then the order decides. */
function tied(rows: readonly (readonly number[])[]): boolean {
  const scores = rows.map((row, i) => {
    const others = rows.filter((_, j) => j !== i).map((other) => distance(row, other) ** 2);
    return others
      .sort((x, y) => x - y)
      .slice(0, rows.length - 4)
      .reduce((sum, x) => sum + x, 0);
  });
  return scores.some((x, i) => scores.some((y, j) => i < j && Math.abs(x - y) <= 1e-9 * (x + y)));
}

const robust = ['median', 'trimmed-mean', 'krum', 'multi-krum', 'geometric-median'] as const;
for (const rule of robust) {
  test(`${rule}: two of nine hostile ones can’t move it far, and they move the mean at will`, async () => {
    const honest = fc.array(vector, { minLength: 7, maxLength: 7 });
    const hostile = fc.tuple(vector, vector, fc.constantFrom(1, 1e6, 1e18, 1e34), fc.nat(7), fc.nat(8));
    await fc.assert(
      fc.asyncProperty(honest, hostile, async (rows, [first, second, factor, at, then]) => {
        const sent = [...rows];
        sent.splice(
          at,
          0,
          first.map((value) => value * factor),
        );
        sent.splice(
          then,
          0,
          second.map((value) => value * factor),
        );
        const all = sent.map((row) => one(row));
        const middle = (
          await run(
            'median',
            rows.map((row) => one(row)),
          )
        ).w;
        const spread = Math.max(...rows.map((row) => distance(row, middle)));
        const { w } = await run(rule, all);
        assert.ok(distance(w, middle) <= 5 * spread + 1e-3, `${distance(w, middle)} of ${spread}`);
        if (
          factor > 1 &&
          distance(
            first,
            second.map((value) => -value),
          ) > 10
        )
          assert.ok(distance((await run('mean', all)).w, middle) > 100 * (spread + 1));
      }),
      { numRuns: 60 },
    );
  });
}

test('norm-bound and centered clipping: a hostile one moves the update by at most radius / n', async () => {
  const honest = Array.from({ length: 4 }, () => one([0.1, 0, 0, 0, 0, 0]));
  const far = one([0, 1e30, 0, 0, 0, 0]);
  for (const rule of ['norm-bound', 'centered-clipping'] as const) {
    const { w, metrics, coefficients } = await run(rule, [...honest, far], { radius: 1 });
    assert.ok(Math.abs(w[1]! - 1 / 5) < 1e-6);
    assert.ok(Math.abs(w[0]! - 0.4 / 5) < 1e-6);
    assert.equal(metrics.ruleClipped, 1);
    assert.ok(coefficients![4]! < 1e-29 && Math.abs(coefficients![0]! - 1 / 5) < 1e-12);
  }
});

test('centered clipping: what all agree on is reached in steps of the radius, and then kept', async () => {
  const rule = chooseRule({ ...settings, rule: 'centered-clipping', radius: 2 });
  const goal = [3, 4, 0, 0, 0, 0]; // of norm 5
  const round = contributionsInMemory(flat, [one(goal), one(goal)]);
  const seen: number[] = [];
  let state: TensorMap = new Map([['momentum/w', tensor([size], goal)]]);
  for (let k = 0; k < 4; k += 1) {
    const outcome = await runRule(rule, round, state);
    state = outcome.state;
    seen.push(Math.hypot(...outcome.update.get('w')!.data));
  }
  assert.deepEqual(
    seen.map((x) => Math.round(x * 1e4) / 1e4),
    [2, 4, 5, 5],
  );
  assert.deepEqual([...state.keys()], ['momentum/w', 'rule/centre/w']);
  const other: TensorMap = new Map([['rule/centre/w', tensor([1], [0])]]);
  await assert.rejects(runRule(rule, round, other), /rule\/centre\/w has another shape/);
});

test('krum says whom it left out', async () => {
  const near = Array.from({ length: 6 }, (_, i) => one([i / 10, 0, 0, 0, 0, 0]));
  const sent = [one([90, 90, 0, 0, 0, 0]), ...near];
  const { coefficients, metrics, w } = await run('multi-krum', sent, { byzantine: 2 });
  assert.equal(metrics.ruleLeftOut, 4);
  assert.equal(coefficients![0], 0);
  assert.equal(coefficients!.filter((c) => Math.abs(c - 1 / 3) < 1e-12).length, 3);
  assert.ok(w[1] === 0);
});

test('what only some hold: a hostile head that nobody else has is held back by rules that compare', async () => {
  const heads = new Map([...flat, ['head/x', { shape: [1] }]]);
  const sent = (x: number | null, i: number): Contribution => ({
    weight: 1,
    tensors: new Map([
      ['w', tensor([size], [1 + i / 100, 0, 0, 0, 0, 0])],
      ...(x === null ? [] : [['head/x', tensor([1], [x])] as const]),
    ]),
  });
  const update = async (rule: RuleSettings['rule'], x: number) => {
    const contributions = Array.from({ length: 7 }, (_, i) => sent(i === 3 ? x : null, i));
    const chosen = chooseRule({ ...settings, rule, radius: 1.5 });
    return (await runRule(chosen, contributionsInMemory(heads, contributions), new Map())).update;
  };
  assert.equal((await update('mean', 1e9)).get('head/x')!.data[0], 1e9);
  assert.equal((await update('krum', 1e9)).get('head/x'), undefined);
  assert.equal((await update('multi-krum', 1e9)).get('head/x'), undefined);
  assert.ok((await update('norm-bound', 1e9)).get('head/x')!.data[0]! <= 1.5);
  assert.ok((await update('centered-clipping', 1e9)).get('head/x')!.data[0]! <= 1.5);
  assert.ok((await update('geometric-median', 1e9)).get('head/x')!.data[0]! < 1);
  // one that is like the others in size keeps what it sent
  assert.ok((await update('norm-bound', 0.5)).get('head/x')!.data[0] === 0.5);
});

test('settings outside of their range and unknown rules are refused by name', () => {
  const cases: [Partial<RuleSettings> | { rule: string }, RegExp][] = [
    [{ rule: 'toString' }, /no rule toString; known are mean, norm-bound/],
    [{ rule: 'trimmed-mean', trim: 0.5 }, /trim must be at least 0 and below 0.5, not 0.5/],
    [{ rule: 'krum', byzantine: -1 }, /byzantine must be an integer of at least 0, not -1/],
    [{ rule: 'norm-bound', radius: undefined }, /norm-bound needs aggregation.radius/],
    [{ rule: 'centered-clipping', radius: 0 }, /radius must be a finite number above 0, not 0/],
  ];
  for (const [wrong, message] of cases)
    assert.throws(() => chooseRule({ ...settings, ...wrong } as RuleSettings), message);
});
