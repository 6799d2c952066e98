import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { Ring } from '@colora/protocol/masking/masking-ring';
import { type GoneAt, hex, runRound, sumOf } from './testing-round.ts';

interface Recorded {
  readonly gone: number;
  readonly ring: Ring;
  readonly seed: string;
  readonly vectors: readonly (readonly number[])[];
  readonly roster: string;
  readonly sealed: readonly (readonly string[])[];
  readonly contributions: readonly (string | null)[];
  readonly signatures: readonly string[];
  readonly reveals: readonly {
    readonly by: number;
    readonly of: number;
    readonly what: string;
    readonly share: string;
  }[];
  readonly sum: readonly number[];
}

test('a round is byte for byte that of an independent implementation', () => {
  const url = new URL('../../fixtures/masked-round.json', import.meta.url);
  const recorded = JSON.parse(readFileSync(url, 'utf8')) as Recorded;
  const { ring, seed } = recorded;
  const gone = recorded.vectors.map((_, at): GoneAt => (at === recorded.gone ? 'contribution' : null));
  const vectors = recorded.vectors.map((vector) => Int32Array.from(vector));
  const length = vectors[0]!.length;
  const round = runRound(gone, { ring, length, seed, vectors });
  assert.equal(round.open.hash, recorded.roster);
  const sealed = [...round.sealed.values()].map((row) =>
    row.map((one) => hex(Buffer.from(one.sealed, 'base64'))),
  );
  assert.deepEqual(sealed, recorded.sealed);
  const contributions = vectors.map((_, at) => round.contributions.get(at) ?? null);
  assert.deepEqual(
    contributions.map((bytes) => (bytes === null ? null : hex(bytes))),
    recorded.contributions,
  );
  assert.deepEqual(
    round.signatures.map(({ signature }) => signature),
    recorded.signatures,
  );
  const revealed = round.revealed.map(({ by, of, what, share }) => ({ by, of, what, share }));
  assert.deepEqual(revealed, recorded.reveals);
  assert.deepEqual([...sumOf(round, ring, length)], recorded.sum);
});
