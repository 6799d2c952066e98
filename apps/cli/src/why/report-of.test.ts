// What a member's daemon tells of its ending: codes of lists, whatever the error holds; and every code that an error of ours can have
// is on the list, or left out on purpose.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ClientError, type ClientErrorCode } from '@colora/client/client-error';
import { ModelError, type ModelErrorCode } from '@colora/models/model-error';
import { ApiProblem } from '@colora/protocol/api-client';
import { FileProblem } from '@colora/protocol/failures/file-problem';
import { ProblemError } from '@colora/protocol/problems';
import { isReportedCause } from '@colora/protocol/why/endings';
import { errorReportSchema } from '@colora/protocol/why/error-report';
import { DataError, TrainingError, type TrainingErrorCode } from '@colora/training/training-error';
import { UsageError } from '../usage-error.ts';
import { reportOf } from './report-of.ts';

const secret = 'my diagnosis, in /home/ann/cases.csv';

test('an error is told as its exit and the innermost known code behind it, and never its words', () => {
  const refused = new ApiProblem(new ProblemError('norm-exceeded', secret).toProblem(), null);
  const full = Object.assign(new Error(secret), { code: 'ENOSPC', errno: -28, syscall: 'write' });
  const cases: [unknown, ReturnType<typeof reportOf>][] = [
    [new DataError({ file: secret }, secret), { exit: 'badData', cause: null }],
    [new TrainingError('not-enough-memory', secret), { exit: 'noMemory', cause: 'not-enough-memory' }],
    [new ModelError('missing-weight', secret), { exit: 'badModel', cause: 'missing-weight' }],
    [
      new ClientError('contribution-refused', secret, { cause: refused }),
      { exit: 'contributionRefused', cause: 'norm-exceeded' },
    ],
    [new FileProblem(secret, 'ENOSPC', { cause: full }), { exit: 'files', cause: 'ENOSPC' }],
    [Object.assign(new Error(secret), { code: secret }), { exit: 'failed', cause: null }],
    [secret, { exit: 'failed', cause: null }],
    [Object.assign(new Error(secret), { code: 'toString' }), { exit: 'failed', cause: null }],
    [new TrainingError('no-engine', secret), { exit: 'usage', cause: 'no-engine' }],
    [new UsageError(secret), { exit: 'usage', cause: null }],
    [new ClientError('plain-address', secret), null],
    [new ClientError('untrusted-coordinator', secret), null],
    [new ClientError('unauthorized', secret), null],
    [Object.assign(new Error(secret), { name: 'AbortError' }), null],
  ];
  for (const [error, told] of cases) {
    assert.deepEqual(reportOf(error), told, String(error));
    if (told !== null) assert.ok(errorReportSchema.safeParse({ ...told, round: null }).success);
    assert.ok(!JSON.stringify(told).includes('ann'));
  }
  const endless = new Error(secret);
  endless.cause = endless;
  assert.deepEqual(reportOf(endless), { exit: 'failed', cause: null });
});

test('each code of a daemon’s errors is told, or left out on purpose', () => {
  const told: Readonly<Record<ClientErrorCode | TrainingErrorCode | ModelErrorCode, boolean>> = {
    // nobody would hear it, or it says no more than the exit
    ...{ unauthorized: false, forbidden: false, 'plain-address': false, 'untrusted-coordinator': false },
    ...{ 'not-joined': false, refused: false, 'bad-package': false, 'folder-not-empty': false },
    ...{ 'unknown-group': true, 'name-taken': true, 'fingerprint-mismatch': true, 'bad-file': true },
    ...{ 'workspace-locked': true, 'workspace-mismatch': true, 'workspace-damaged': true },
    ...{ 'used-elsewhere': true },
    ...{ 'contribution-refused': true, diverged: true, excessive: true, 'not-agreed': true },
    ...{ 'no-examples': true, 'wrong-task': true, 'no-token': true, 'bad-tensors': true, 'not-finite': true },
    ...{ 'context-full': true, 'no-engine': true, 'bad-settings': true, 'not-enough-memory': true },
    ...{ closed: true, 'worker-failed': true, 'missing-file': true, 'bad-config': true },
    ...{ 'unknown-model-type': true, 'missing-weight': true, 'wrong-shape': true, 'disk-full': true },
    ...{ 'unsupported-dtype': true, 'unsupported-quantisation': true, 'bad-tokenizer': true },
    ...{ 'bad-gguf': true, 'unsupported-gguf': true },
  };
  for (const [code, isTold] of Object.entries(told)) assert.equal(isReportedCause(code), isTold, code);
});
