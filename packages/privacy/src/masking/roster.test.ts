import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MaskingError } from '../masking-error.ts';
import { verifyRoster } from './roster.ts';
import { rosterText, rowOf, testGroup, testMembers, testSigner } from './testing-members.ts';

const members = testMembers(5);
const rows = members.map((member) => rowOf(member));
const expected = { ...testGroup, round: 1, key: members[2]!.signer.publicKey, vouchedBy: null };
const refused = (text: string, why: RegExp, of = expected) =>
  assert.throws(
    () => verifyRoster(text, of),
    (error) => error instanceof MaskingError && error.code === 'bad-roster' && why.test(error.message),
  );

test('a roster whose members signed their keys is read: one’s number, all of whom count', () => {
  const { number, counted, hash, graph } = verifyRoster(rosterText(rows), expected);
  assert.deepEqual([number, counted.size, hash.length, graph.threshold], [2, 5, 64, 3]);
});

test('a stranger in it is noticed: keys that nobody signed, or signed for another group, or at another index', () => {
  const [key, index, masking, sealing, signature] = rows[0]!;
  const others = rows.slice(1);
  const with0 = (row: (typeof rows)[number]) => rosterText([row, ...others]);
  refused(
    with0([key, index, rows[1]![2].replace(/^../, '00'), sealing, signature, null]),
    /member 0 didn’t sign/,
  );
  refused(
    with0([key, index, masking, sealing.replace(/^../, '00'), signature, null]),
    /member 0 didn’t sign/,
  );
  refused(with0([key, index + 1, masking, sealing, signature, null]), /member 0 didn’t sign/);
  refused(with0([key, index, masking, sealing, rows[1]![4], null]), /member 0 didn’t sign/);
});

test('a key with which nothing secret can be agreed on is in none, though its member signed it: no mask could be made with her', () => {
  for (const nothing of ['00'.repeat(32), `01${'00'.repeat(31)}`]) {
    const text = rosterText(rows);
    refused(text.replace(rows[0]![2], nothing), /form/);
    refused(text.replace(rows[0]![3], nothing), /form/);
  }
});

test('a member is in it once, under keys of her own, in the order of the keys', () => {
  refused(rosterText([rows[0]!, rows[0]!, ...rows.slice(1)]), /same key/);
  refused(rosterText([...rows].reverse()), /order/);
  refused(rosterText(rows.filter((_, at) => at !== 2)), /isn’t in it/);
});

test('of another round or group it is none of hers', () => {
  refused(rosterText(rows, { round: 2 }), /round 2/);
  refused(rosterText(rows), /of round 1 of the group masked/, { ...expected, group: 'another' });
  refused('colora roster v1\n[]', /form/);
});

test('where members are vouched for, no others count but oneself', () => {
  const admin = testSigner('an admin');
  const some = members.map((member, at) =>
    rowOf(member, at < 2 ? admin : at === 3 ? testSigner('another') : null),
  );
  const { counted } = verifyRoster(rosterText(some), { ...expected, vouchedBy: admin.publicKey });
  assert.deepEqual([...counted], [0, 1, 2]);
});
