// Help in a narrow terminal: paragraphs and rows are wrapped between words, examples are not.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fitHelp } from './fit-help.ts';

test('lines of prose are one paragraph, filled anew', () => {
  const text = 'It deletes at the coordinator,\nfor good: your name\n\nExample:\n  $ colora forget';
  assert.equal(
    fitHelp(text, 24),
    'It deletes at the\ncoordinator, for good:\nyour name\n\nExample:\n  $ colora forget',
  );
});

test('a row’s text hangs beside its name, and below it where there is no room', () => {
  assert.equal(
    fitHelp('  COLORA_URL  the address of a coordinator', 38),
    '  COLORA_URL  the address of a\n              coordinator',
  );
  assert.equal(fitHelp('  COLORA_URL  the address', 20), '  COLORA_URL  the\n  address');
});

test('what fits and what is to be copied stays', () => {
  const example = `  $ colora join ${'x'.repeat(100)} --data mine.jsonl`;
  assert.equal(fitHelp(example, 40), example);
  assert.equal(fitHelp('  A  b\n\n  C  d\n', 40), '  A  b\n\n  C  d\n');
});
