// Every error a command can end with has an exit status, and its message is what its thrower wrote.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
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
    /^this needs an API key: .*--key-file or COLORA_KEY, or keep it by colora login$/,
  );
  assert.match(told('invalid-key', 'x'), /--key-file or COLORA_KEY$/);
  assert.equal(told('name-taken', 'a key is called so'), 'a key is called so: choose another name');
  assert.equal(told('wrong-group-state', 'it is a draft'), 'it is a draft');
});

test('an error of the system is told in words, with its file; the coordinator’s exit status is for the coordinator', async () => {
  for (const [work, words] of [
    [() => readFile('/nowhere/x'), 'cannot open /nowhere/x: there is no such file or folder'],
    [() => writeFile('/', ''), 'cannot open /: it is a folder, and a file is needed'],
    [
      () => mkdir('/dev/null/x'),
      'cannot make the folder /dev/null/x: a part of the path is a file, and a folder is needed',
    ],
    [
      () => writeFile(`/tmp/${'x'.repeat(300)}`, ''),
      /cannot open .*: the name is too long for the file system/,
    ],
    [() => writeFile('/dev/full', 'x'), /^the disk is full; free some space/],
  ] as const) {
    const error = await work().then(
      () => assert.fail('done'),
      (thrown: unknown) => thrown,
    );
    const { code, message } = explainError(error);
    assert.equal(code, 'files');
    assert.ok(typeof words === 'string' ? message === words : words.test(message), message);
  }
  const taken = createServer().listen(0);
  await once(taken, 'listening');
  const second = createServer().listen(taken.address());
  const [refused] = await once(second, 'error');
  taken.close();
  assert.deepEqual(
    [explainError(refused).code, explainError(refused).message],
    [
      'cannotServe',
      'another program listens on that port; stop it, or use another port (EADDRINUSE, listen)',
    ],
  );
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
