// Every error a command can end with has an exit status, and its message is what its thrower wrote.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ClientError, clientErrorCodes } from '@colora/client/client-error';
import { StartError } from '@colora/coordinator/start-error';
import { ModelError } from '@colora/models/model-error';
import { ApiProblem } from '@colora/protocol/api-client';
import { NetworkProblem } from '@colora/protocol/failures/network-problem';
import { type ProblemCode, problemTable } from '@colora/protocol/problem-table';
import { ProblemError } from '@colora/protocol/problems';
import { DataError, TrainingError } from '@colora/training/training-error';
import { explainError } from './explain-error.ts';
import { UsageError } from './usage-error.ts';

const codeOf = (error: unknown) => explainError(error).code;

test('each ending of a daemon has a status of its own kind', () => {
  for (const code of clientErrorCodes) assert.notEqual(codeOf(new ClientError(code, 'x')), 'failed', code);
  assert.equal(codeOf(new ClientError('fingerprint-mismatch', 'x')), 'badModel');
  assert.equal(codeOf(new ClientError('unauthorized', 'x')), 'unauthorized');
});

test('each refusal of a coordinator has a status by its HTTP status', () => {
  const statuses: Record<number, string> = {
    401: 'unauthorized',
    403: 'forbidden',
    404: 'notFound',
    500: 'failed',
    503: 'unreachable',
  };
  for (const [code, { status }] of Object.entries(problemTable)) {
    const problem = new ApiProblem(new ProblemError(code as ProblemCode, code).toProblem(), null);
    assert.equal(codeOf(problem), statuses[status] ?? 'refused', code);
  }
});

test('refusals name the flag that mends them, and say advice once', () => {
  const told = (code: ProblemCode, detail: string) =>
    explainError(new ApiProblem(new ProblemError(code, detail).toProblem(), null)).message;
  assert.match(
    told('missing-key', 'send "Authorization: Bearer <key>"'),
    /^this needs an API key: .*--key or COLORA_KEY$/,
  );
  assert.match(told('invalid-key', 'x'), /--key or COLORA_KEY$/);
  assert.equal(told('name-taken', 'a key is called so'), 'a key is called so: choose another name');
  assert.equal(told('wrong-group-state', 'it is a draft'), 'it is a draft');
});

test('errors of the packages are known by name, also across the worker’s border', () => {
  assert.equal(codeOf(new UsageError('x')), 'usage');
  assert.equal(codeOf(new DataError({ file: 'mine.jsonl', line: 3 }, 'x')), 'badData');
  assert.equal(codeOf(new ModelError('missing-file', 'x')), 'badModel');
  assert.equal(codeOf(new TrainingError('not-finite', 'x')), 'diverged');
  assert.equal(codeOf(new StartError('x')), 'cannotServe');
  assert.equal(codeOf(new NetworkProblem('x')), 'unreachable');
  assert.equal(codeOf(Object.assign(new Error('x'), { name: 'ModelError', code: 'bad-config' })), 'badModel');
  assert.equal(codeOf(new Error('a bug')), 'failed');
  assert.deepEqual(explainError('words'), { code: 'failed', status: 1, message: 'words' });
  assert.equal(explainError(new UsageError('--rank: no')).message, '--rank: no');
});
