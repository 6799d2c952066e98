// A member's marks become phases whichever of them are missing, and a phase without an end goes on.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { phasesOf } from './passage-phases.ts';

const at = (second: number) => new Date(1e12 + 1000 * second).toISOString();
const none = {
  ...{
    joinedAt: null,
    downloadAt: null,
    downloadedAt: null,
    trainedAt: null,
    uploadedAt: null,
    countedAt: null,
  },
  ...{ outcome: 'missing' as const, countsIn: null, madeFor: null, refused: null },
};
const told = (passage: Parameters<typeof phasesOf>[0], end = 60) =>
  phasesOf(passage, 1e12 + 1000 * end).map(
    ({ phase, from, to }) => `${phase} ${(from - 1e12) / 1000}-${(to - 1e12) / 1000}`,
  );

test('all marks, a few, and only that she was asked', () => {
  const all = {
    joinedAt: at(1),
    downloadAt: at(2),
    downloadedAt: at(5),
    trainedAt: at(40),
    uploadedAt: at(43),
    countedAt: at(44),
  };
  assert.deepEqual(told({ ...none, drawnAt: at(0), ...all }), [
    'asked 0-2',
    'downloading 2-5',
    'training 5-40',
    'uploading 40-43',
    'counting 43-44',
  ]);
  assert.deepEqual(told({ ...none, drawnAt: at(0), joinedAt: at(3) }), ['asked 0-3', 'training 3-60']);
  assert.deepEqual(told({ ...none, drawnAt: at(0) }), ['asked 0-60']);
});

test('what was refused ends when it was; a mark out of order makes no bar', () => {
  const refused = { at: at(50), code: 'norm-exceeded', why: 'too large' };
  assert.deepEqual(told({ ...none, drawnAt: at(0), joinedAt: at(1), trainedAt: at(40), refused }), [
    'asked 0-1',
    'training 1-40',
    'uploading 40-50',
  ]);
  assert.deepEqual(told({ ...none, drawnAt: at(9), joinedAt: at(3) }), ['training 3-60']);
});
