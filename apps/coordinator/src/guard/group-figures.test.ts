// Figures of a group are nobody's own: too few are none, answers move in fours, and one liar moves them a little.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { groupFiguresSchema, memberFiguresSchema } from '@colora/protocol/guard/figures';
import { seededRandom } from '@colora/tensors/random';
import fc from 'fast-check';
import { groupFiguresOf, opinionsOf } from './group-figures.ts';

const told = (shareOfCore: number, gain: number, standardError = 10) => ({
  shareOfCore,
  gain,
  standardError,
});

test('by hand: means of fours, none of three, the fifth waits for the eighth', () => {
  const four = [told(100, 20), told(80, 0), told(60, 10), told(0, 10)];
  assert.equal(groupFiguresOf([]), null);
  assert.equal(groupFiguresOf(four.slice(1)), null);
  const figures = groupFiguresOf(four)!;
  assert.deepEqual([figures.reporters, figures.shareOfCore], [4, 0.6]);
  assert.ok(Math.abs(figures.gain.mean - 0.1) < 1e-12 && Math.abs(figures.gain.standardError - 0.05) < 1e-12);
  assert.equal(figures.gain.spread, 0);
  assert.deepEqual(groupFiguresOf([...four, told(0, -100, 1)]), figures);
  assert.equal(groupFiguresOf([...four, ...four])!.reporters, 8);
});

test('each is told by its own and the group’s figures: where all gain alike the unsure hear it too', () => {
  const members = [...Array.from({ length: 11 }, () => told(90, 20)), told(70, 5, 20)];
  assert.equal(opinionsOf(members.slice(11), null)[0], 'too-early');
  assert.deepEqual(new Set(opinionsOf(members, groupFiguresOf(members))), new Set(['helped']));
  const apart = [
    ...Array.from({ length: 6 }, () => told(90, 30, 5)),
    ...Array.from({ length: 6 }, () => told(5, -40, 5)),
  ];
  const opinions = opinionsOf(apart, groupFiguresOf(apart));
  assert.deepEqual([opinions[0], opinions[11]], ['helped', 'no-gain-seen']);
});

const member = fc.record({
  shareOfCore: fc.integer({ min: 0, max: 100 }),
  gain: fc.integer({ min: -100, max: 100 }),
  standardError: fc.integer({ min: 1, max: 100 }),
});

test('whatever members tell within the bounds, the answer is one that members take', () => {
  fc.assert(
    fc.property(fc.array(member, { minLength: 4, maxLength: 40 }), (members) => {
      for (const one of members) memberFiguresSchema.parse({ version: 0, ...one });
      const figures = groupFiguresSchema.parse(groupFiguresOf(members));
      const full = members.slice(0, figures.reporters).reverse();
      assert.deepEqual(groupFiguresOf(full), figures, 'the same ones give the same bytes');
    }),
    { numRuns: 500 },
  );
});

test('figures that are no hundredths, out of range or not finite are refused, and so are more of them', () => {
  const good = { version: 3, ...told(50, -10) };
  memberFiguresSchema.parse(good);
  const bad: object[] = [
    { shareOfCore: 50.5 },
    { shareOfCore: -1 },
    { shareOfCore: 101 },
    { gain: -101 },
    { gain: Number.NaN },
    { gain: 0.1 },
    { standardError: 0 },
    { standardError: Number.POSITIVE_INFINITY },
    { version: -1 },
    { version: 1e300 },
    { gain: '5' },
    { gain: null },
    { note: 1 },
  ];
  for (const change of bad)
    assert.equal(
      memberFiguresSchema.safeParse({ ...good, ...change }).success,
      false,
      JSON.stringify(change),
    );
});

test('one liar among twelve alike members cannot make them hear the opposite', () => {
  const lies = fc.record({
    shareOfCore: fc.constantFrom(0, 100),
    gain: fc.integer({ min: -100, max: 100 }),
    standardError: fc.integer({ min: 1, max: 100 }),
  });
  for (const [gain, opposite] of [
    [20, 'no-gain-seen'],
    [-20, 'helped'],
  ] as const) {
    const honest = Array.from({ length: 11 }, (_, i) => told(gain > 0 ? 90 : 10, gain + (i % 3) - 1, 8));
    fc.assert(
      fc.property(lies, (lie) => {
        const members = [...honest, lie];
        const figures = groupFiguresOf(members)!;
        assert.ok(!opinionsOf(honest, figures).includes(opposite));
        const before = groupFiguresOf(honest.slice(0, 8))!;
        assert.ok(Math.abs(figures.shareOfCore - before.shareOfCore) <= 1 / 12);
      }),
      { numRuns: 300 },
    );
  }
});

test('one liar of twelve turns an opinion into its opposite in fewer than one case of a thousand', () => {
  const random = seededRandom('liars');
  const lies = Array.from({ length: 51 }, (_, i) =>
    [1, 9, 40].map((error) => told(0, 4 * i - 100, error)),
  ).flat();
  let [turned, cases] = [0, 0];
  for (const truth of [-10, 0, 10]) {
    for (let group = 0; group < 40; group += 1) {
      const gains = Array.from({ length: 11 }, () => truth + 5 * random.gaussian() + 9 * random.gaussian());
      const honest = gains.map((gain) => told(50, Math.round(gain), 9));
      const before = opinionsOf(honest, groupFiguresOf([...honest, honest[0]!]));
      for (const lie of lies) {
        const after = opinionsOf(honest, groupFiguresOf([...honest, lie]));
        cases += honest.length;
        turned += after.filter(
          (one, i) => one !== before[i] && one !== 'too-early' && before[i] !== 'too-early',
        ).length;
      }
    }
  }
  assert.ok(turned < cases / 1000, `${turned} of ${cases}`);
});
