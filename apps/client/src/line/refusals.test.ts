// What the daemon makes of each refusal follows the error table: nothing about a code stands here a second time.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiProblem } from '@colora/protocol/api-client';
import { type ProblemCode, problemTable } from '@colora/protocol/problem-table';
import { ProblemError } from '@colora/protocol/problems';
import { ClientError } from '../client-error.ts';
import { canPass } from './backoff.ts';
import { bearRefusal, refusalToClientError } from './refusals.ts';

const codes = Object.keys(problemTable) as ProblemCode[];
const refusal = (code: ProblemCode) => new ApiProblem(new ProblemError(code, 'why').toProblem(), null);
const adviceOf = (code: ProblemCode): string | undefined => {
  const row = problemTable[code];
  return 'advice' in row ? row.advice : undefined;
};

test('what means retry is tried again, and nothing else', () => {
  for (const code of codes) assert.equal(canPass(refusal(code)), problemTable[code].means === 'retry', code);
});

test('a refusal of the sender ends the daemon with its advice', () => {
  for (const code of codes.filter((each) => problemTable[each].means === 'sender')) {
    const ending = refusalToClientError(refusal(code));
    const advice = adviceOf(code);
    assert.equal(ending.message, advice === undefined ? 'why' : `why; ${advice}`, code);
  }
  const endings = (
    ['missing-key', 'invitation-needed', 'unknown-group', 'name-taken', 'unknown-route'] as const
  ).map((code) => refusalToClientError(refusal(code)).code);
  assert.deepEqual(endings, ['unauthorized', 'forbidden', 'unknown-group', 'name-taken', 'refused']);
});

test('refused content ends the daemon with its advice; a norm may be exceeded twice', () => {
  const log = () => undefined;
  for (const code of codes.filter((each) => problemTable[each].means === 'content')) {
    const before = code === 'norm-exceeded' ? 2 : 0;
    assert.throws(
      () => bearRefusal(log, refusal(code), 1, before),
      (error) =>
        error instanceof ClientError &&
        error.code === 'contribution-refused' &&
        error.message.endsWith(`; ${adviceOf(code)}`),
      code,
    );
  }
  assert.equal(bearRefusal(log, refusal('norm-exceeded'), 1, 1), 2);
});
