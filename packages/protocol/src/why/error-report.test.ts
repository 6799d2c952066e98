// A report of an ending holds codes of lists and one number, and each code says what can be done about it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { adviceFor, endingText } from './endings.ts';
import { errorReportSchema } from './error-report.ts';

const report = { exit: 'failed', cause: 'not-enough-memory', round: 7 };

test('nothing but a known code or a number of a round fits into a report', () => {
  const fits = (given: object) => errorReportSchema.safeParse(given).success;
  assert.ok(fits(report) && fits({ ...report, cause: null, round: null }));
  for (const other of [
    { ...report, exit: 'my diagnosis' },
    { ...report, cause: '/home/ann' },
    { ...report, cause: 'toString' },
    { ...report, message: 'x' },
    { ...report, round: 1.5 },
    { ...report, round: 2 ** 31 },
    { ...report, round: -1 },
    { ...report, round: '7' },
    { exit: 'failed' },
  ])
    assert.ok(!fits(other), JSON.stringify(other));
});

test('each code has advice, and what a newer version told is shown as it is', () => {
  for (const cause of errorReportSchema.shape.cause.unwrap().options)
    assert.ok((adviceFor(cause) ?? '').length > 5, cause);
  for (const exit of errorReportSchema.shape.exit.options)
    assert.ok(endingText({ exit, cause: null }).length > 5, exit);
  assert.equal(endingText(report), 'something unexpected (not-enough-memory)');
  assert.equal(endingText({ exit: 'melted', cause: 'sun' }), 'melted (sun)');
  assert.deepEqual([adviceFor('sun'), adviceFor('constructor')], [null, null]);
});
