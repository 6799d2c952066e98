// A member's entries of the manifests become rows: what counted with its numbers, what didn't with the reason.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countedForm, leftOutForm } from '@colora/protocol/proofs/manifest-entry';
import { ownEntry } from './own-entries.ts';

const sender = { salt: '0'.repeat(32), participant: 'ada', madeFor: 3, statement: null, signature: null };

test('counted, left out, and of a form that nobody knows', () => {
  const numbers = { bytes: 100, examples: 8, weight: 8, norm: 1.5, part: null };
  const counted = countedForm.write({
    ...sender,
    ...numbers,
    sha256: 'a'.repeat(64),
    version: 2,
    staleness: 0,
    cluster: null,
  });
  assert.deepEqual(ownEntry({ list: 'counted', text: counted }, 3), {
    ...{ inVersion: 3, madeFor: 3, outcome: 'counted', sha256: 'a'.repeat(64), counted: numbers },
  });
  const left = leftOutForm.write({ ...sender, sha256: null, reason: 'nothing-sent', times: 2 });
  assert.deepEqual(ownEntry({ list: 'leftOut', text: left }, 3), {
    ...{ inVersion: 3, madeFor: 3, outcome: 'nothing sent, 2 times', sha256: null, counted: null },
  });
  assert.equal(ownEntry({ list: 'counted', text: 'colora counted v9\n[]' }, 3), null);
});
