import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ringSizes } from '@colora/protocol/masking/masking-ring';
import fc from 'fast-check';
import { MaskingError } from '../masking-error.ts';
import { type GoneAt, runRound, sumOf } from './testing-round.ts';
import { masksLeft, stillWanted, wantedSecrets } from './unmask.ts';

const length = 33;
const plainSum = (vectors: readonly Int32Array[], senders: readonly number[]) =>
  Array.from({ length }, (_, at) => senders.reduce((sum, sender) => sum + vectors[sender]![at]!, 0));

test('whoever drops out at whatever step: the sum is that of the plain numbers, or there is none', () => {
  let sums = 0;
  const gone = fc.constantFrom<GoneAt>('shares', 'contribution', 'signature', 'reveals');
  const member = fc.oneof(
    { weight: 7, arbitrary: fc.constant<GoneAt>(null) },
    { weight: 1, arbitrary: gone },
  );
  fc.assert(
    fc.property(
      fc.array(member, { minLength: 3, maxLength: 40 }),
      fc.constantFrom(...ringSizes),
      fc.nat(),
      (members, ring, seed) => {
        const round = runRound(members, { ring, length, seed: String(seed) });
        if (stillWanted(round.open, round, round.revealed).length > 0 || round.senders.length === 0) return;
        sums += 1;
        assert.deepEqual([...sumOf(round, ring, length)], plainSum(round.vectors, round.senders));
      },
    ),
    { numRuns: 15 },
  );
  assert.ok(sums > 3, `${sums} rounds had a sum`);
});

test('with more than 64 members, each with some neighbours, and with a tenth gone before and after sending', () => {
  const gone = Array.from(
    { length: 70 },
    (_, at): GoneAt => (at % 10 === 3 ? 'contribution' : at % 10 === 7 ? 'reveals' : null),
  );
  const round = runRound(gone, { ring: 24, length, seed: 'seventy' });
  assert.equal(round.senders.length, 63);
  const expected = plainSum(round.vectors, round.senders);
  assert.deepEqual([...sumOf(round, 24, length)], expected);
  const turned = { ...round, revealed: [...round.revealed].reverse() };
  assert.deepEqual([...sumOf(turned, 24, length)], expected, 'in whatever order shares come');
});

test('of three nobody may be gone, of four one', () => {
  const revealed = (gone: GoneAt[]) => {
    const round = runRound(gone, { ring: 16, length, seed: 'few' });
    return round.senders.length > 0 && stillWanted(round.open, round, round.revealed).length === 0;
  };
  assert.ok(revealed([null, null, null]));
  for (const at of ['shares', 'contribution', 'signature', 'reveals'] as const) {
    assert.ok(!revealed([null, at, null]), at);
    assert.ok(revealed([null, at, null, null]), at);
    assert.ok(!revealed([null, at, null, at]), at);
  }
});

test('what is wanted: self masks of who sent, keys of who shared and did not', () => {
  const round = runRound([null, 'contribution', null, null, 'shares', null, null], {
    ring: 16,
    length,
    seed: 'wanted',
  });
  assert.deepEqual(wantedSecrets(round.open, round), [
    { of: 0, what: 'self' },
    { of: 1, what: 'key' },
    { of: 2, what: 'self' },
    { of: 3, what: 'self' },
    { of: 5, what: 'self' },
    { of: 6, what: 'self' },
  ]);
});

test('a wrong share of a masking key is noticed, and shares that are missing are counted', () => {
  const round = runRound([null, 'contribution', null, null, null], { ring: 16, length, seed: 'wrong' });
  const wrong = round.revealed.map((one) => (one.what === 'key' ? { ...one, share: '00'.repeat(33) } : one));
  assert.throws(() => masksLeft(round.open, round, wrong), MaskingError);
  const few = round.revealed.filter(({ by, of }) => of !== 2 || by > 3);
  assert.deepEqual(stillWanted(round.open, round, few), [{ of: 2, what: 'self' }]);
  assert.throws(() => masksLeft(round.open, round, few), /of member 2 there are 1 shares, not 3/);
});
