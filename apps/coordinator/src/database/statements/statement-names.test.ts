import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createStatementNames } from './statement-names.ts';

test('a statement has one name, another has another, and one too many has none', () => {
  const nameOf = createStatementNames(2);
  const first = nameOf({ sql: 'SELECT 1' });
  assert.match(first, /^colora_[0-9a-f]{24}$/);
  assert.equal(nameOf({ sql: 'SELECT 1' }), first);
  assert.notEqual(nameOf({ sql: 'SELECT 2' }), first);
  assert.equal(nameOf({ sql: 'SELECT 3' }), '');
  assert.equal(nameOf({ sql: 'SELECT 1' }), first, 'those that have one keep it');
});
