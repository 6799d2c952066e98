// Every refusal means something to the client that hears it, also one of a newer coordinator.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { meaningOf, type ProblemCode, problemTable } from './problem-table.ts';

const codes = Object.keys(problemTable) as ProblemCode[];

test('every code has a status, a title and a meaning; what is refused for its content says how to mend it', () => {
  for (const code of codes) {
    const { status, title, means } = problemTable[code];
    assert.ok(status >= 400 && status < 600 && title.length > 5, code);
    const { advice, ...meaning } = meaningOf({ code, status });
    assert.equal(meaning.means, means, code);
    if (means === 'content') assert.ok(advice !== undefined && advice.length > 5, code);
  }
});

test('what passes is told by status, but for a body damaged on its way', () => {
  const passing = codes.filter((code) => problemTable[code].means === 'retry');
  const byStatus = codes.filter((code) => meaningOf({ code: '-', ...problemTable[code] }).means === 'retry');
  const damaged = ['hash-mismatch', 'truncated-body'];
  assert.deepEqual(passing.toSorted(), [...byStatus, ...damaged].toSorted());
});

test('a code that this version does not know means what its status does', () => {
  const means = (status: number, code = 'of-a-newer-version') => meaningOf({ code, status }).means;
  assert.deepEqual(
    [408, 429, 500, 503].map((status) => means(status)),
    Array(4).fill('retry'),
  );
  assert.deepEqual(
    [400, 401, 404, 409, 422].map((status) => means(status)),
    Array(5).fill('sender'),
  );
  assert.equal(means(400, 'toString'), 'sender');
});
