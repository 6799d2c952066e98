import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sameLists } from './same-lists.ts';

test('neither order counts, and who is with whom does', () => {
  assert.ok(sameLists([['ann', 'bob'], ['cem']], [['cem'], ['bob', 'ann']]));
  assert.ok(!sameLists([['ann', 'bob'], ['cem']], [['ann'], ['bob', 'cem']]));
  assert.ok(!sameLists([['ann', 'bob']], [['ann\nbob']]));
  assert.ok(sameLists([], []));
});
