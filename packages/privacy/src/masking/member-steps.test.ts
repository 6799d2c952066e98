import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MaskedRound } from '@colora/protocol/masking/masking';
import { MaskingError } from '../masking-error.ts';
import { type Attempt, beginAttempt, type Move, nextMove, sendersText } from './member-steps.ts';
import { openRoster, readVerified } from './roster.ts';
import { rosterText, rowOf, testGround, testGroup, testMembers, testSigner } from './testing-members.ts';
import { hex, nothingTold, runRound, sealedTo, standpointOf, testBytes } from './testing-round.ts';

const round = runRound([null, null, 'contribution', null, null], { ring: 16, length: 8, seed: 'steps' });
const { open, members, sharers, senders } = round;
const me = members[0]!;
const standpoint = standpointOf(me);
const begun = (): Attempt =>
  beginAttempt(
    readVerified(open.text, standpoint.expected),
    standpoint,
    hex(me.maskingKey),
    testBytes('steps 0'),
  );

const done = { shared: false, sent: false, signed: false, revealed: false };
const sharing = nothingTold(open);
const masking: MaskedRound = { ...sharing, phase: 'masking', sharers: [...sharers] };
const signing: MaskedRound = { ...masking, phase: 'signing', senders: [...senders] };
const signatures = senders.map((by) => ({
  by,
  signature: members[by]!.signer.sign(sendersText(open, senders)),
}));
const revealing: MaskedRound = {
  ...signing,
  phase: 'revealing',
  signatures,
  sealed: sealedTo(round.sealed, 0),
};

const move = (attempt: Attempt | null, told: MaskedRound, at = standpoint) => nextMove(attempt, told, at);
const refused = (given: Move, why: RegExp) => {
  assert.equal(given.kind, 'refuse');
  assert.match(given.kind === 'refuse' ? given.why : '', why);
};
const kept = (given: Move): Attempt => {
  assert.ok('attempt' in given, given.kind);
  return given.attempt;
};
const sent = () => kept(move(begun(), masking));
const signed = () => kept(move(sent(), signing));
const revealed = () => kept(move(signed(), revealing));

test('the way through a round: begin, share, contribute, sign, reveal, and nothing twice', () => {
  assert.equal(move(null, sharing).kind, 'begin');
  assert.equal(move(begun(), sharing).kind, 'share');
  assert.equal(move(begun(), { ...sharing, done: { ...done, shared: true } }).kind, 'wait');
  assert.equal(move(begun(), masking).kind, 'contribute');
  assert.equal(move(sent(), { ...masking, done: { ...done, sent: true } }).kind, 'wait');
  const sign = move(sent(), signing);
  assert.equal(sign.kind === 'sign' && sign.text, sendersText(open, senders));
  assert.equal(move(signed(), { ...signing, done: { ...done, signed: true } }).kind, 'wait');
  const { reveals } = revealed();
  assert.deepEqual(
    reveals!.map(({ of, what }) => [of, what]),
    [
      [1, 'self'],
      [2, 'key'],
      [3, 'self'],
      [4, 'self'],
    ],
  );
  assert.equal(move(revealed(), { ...revealing, done: { ...done, revealed: true } }).kind, 'wait');
});

test('killed at any arrow she does the very same again, since she kept it before', () => {
  for (const [attempt, told] of [
    [begun(), sharing],
    [sent(), masking],
    [signed(), signing],
    [revealed(), revealing],
  ] as const) {
    const again = move(attempt, told);
    assert.notEqual(again.kind, 'wait');
    assert.deepEqual(kept(again), attempt);
  }
});

test('whatever is told in whatever order, no more than one set of sharers, of senders and of reveals ever leaves', () => {
  const other = senders.filter((sender) => sender !== 4);
  const told: MaskedRound[] = [
    ...[sharing, masking, signing, revealing],
    { ...masking, sharers: [0, 1, 2, 3] },
    { ...signing, senders: other },
    { ...revealing, senders: other },
    { ...sharing, roster: '00'.repeat(32) },
    { ...sharing, attempt: 2 },
  ];
  const paths = told.flatMap((a) => told.flatMap((b) => told.flatMap((c) => told.map((d) => [a, b, c, d]))));
  let reached = 0;
  for (const path of paths.filter((_, at) => at % 17 === 0)) {
    let attempt = begun();
    const left = { sharers: new Set<string>(), senders: new Set<string>(), reveals: new Set<string>() };
    for (const step of path) {
      const next = move(attempt, step);
      if ('attempt' in next) attempt = next.attempt;
      if (next.kind === 'contribute') left.sharers.add(String(attempt.sharers));
      if (next.kind === 'sign') left.senders.add(String(attempt.senders));
      if (next.kind === 'reveal') left.reveals.add(JSON.stringify(attempt.reveals));
      if (next.kind === 'refuse') attempt = { ...attempt, refused: next.why };
    }
    reached += left.reveals.size;
    for (const set of Object.values(left)) assert.ok(set.size <= 1);
    const kinds = new Set(attempt.reveals?.map(({ of }) => of));
    assert.equal(kinds.size, attempt.reveals?.length ?? 0, 'never both of one neighbour');
  }
  assert.ok(reached > 0);
});

test('two rosters for one attempt, an attempt before it, none at all', () => {
  refused(move(begun(), { ...sharing, roster: '00'.repeat(32) }), /two rosters/);
  refused(move({ ...begun(), attempt: 2 }, sharing), /set back from attempt 2 to 1/);
  refused(move(null, { ...sharing, rosterText: null }), /no roster/);
  refused(move({ ...begun(), round: 2 }, sharing), /comes after round 2/);
});

test('whose signing key is another one since stays out of what she began', () => {
  const expected = { ...standpoint.expected, key: testSigner('a new key').publicKey };
  for (const [attempt, told] of [
    [begun(), sharing],
    [sent(), masking],
    [signed(), signing],
    [revealed(), revealing],
  ] as const)
    refused(move(attempt, told, { ...standpoint, expected }), /another signing key/);
});

test('under the masks of an attempt go the same numbers for ever', () => {
  const { numbers } = standpoint;
  assert.equal(sent().vector, numbers?.name);
  assert.equal(move(sent(), masking).kind, 'contribute', 'an answer was lost');
  const other = { ...numbers!, name: 'other numbers' };
  for (const changed of [other, null])
    refused(
      move(sent(), masking, { ...standpoint, numbers: changed }),
      /other numbers than went under its masks/,
    );
  const again = beginAttempt(
    readVerified(open.text, standpoint.expected),
    standpoint,
    hex(me.maskingKey),
    testBytes('anew'),
  );
  assert.equal(move(again, masking, { ...standpoint, numbers: other }).kind, 'contribute');
});

test('an update that was made at another checkpoint, or by other settings, than the roster names for all is never sent', () => {
  const { numbers } = standpoint;
  for (const other of [{ checkpoint: 'd'.repeat(64) }, { settings: 'd'.repeat(64) }])
    refused(move(begun(), masking, { ...standpoint, numbers: { ...numbers!, ...other } }), /made at another/);
  const before = open.text
    .replace('roster v2', 'roster v1')
    .replace(`"${testGround.checkpoint}","${testGround.settings}",`, '');
  const own = readVerified(before, standpoint.expected);
  const attempt = beginAttempt(own, standpoint, hex(me.maskingKey), testBytes('before'));
  refused(move(attempt, { ...masking, roster: own.hash }), /made at another/);
});

test('another attempt at the round begins anew, unless its masks were taken off already: a second question is refused', () => {
  assert.equal(move(signed(), { ...sharing, attempt: 2 }).kind, 'begin');
  refused(move(revealed(), { ...sharing, attempt: 2 }), /once more/);
  refused(move(revealed(), { ...revealing, senders: [0, 1, 3] }), /another set/);
});

test('sharers and senders that can’t be, or are others than before, get nothing', () => {
  refused(move(begun(), { ...masking, sharers: null }), /shared like that/);
  refused(move(begun(), { ...masking, sharers: [1, 0, 2, 3, 4] }), /shared like that/);
  refused(move(begun(), { ...masking, sharers: [0, 1, 2, 3, 5] }), /shared like that/);
  refused(move(begun(), { ...masking, sharers: [0, 1] }), /2 count, and it takes 3/);
  refused(move(begun(), { ...masking, sharers: [0, 1, 2] }), /fewer than 3 neighbours/);
  refused(move(sent(), { ...masking, sharers: [0, 1, 2, 3] }), /two sets of sharers/);
  refused(move(sent(), { ...signing, senders: [0, 0, 1] }), /sent like that/);
  refused(move(sent(), { ...signing, senders: [0, 1] }), /2 count/);
  refused(move({ ...sent(), sharers: [0, 1, 2, 3] }, signing), /didn’t share/);
  refused(move(signed(), { ...signing, senders: [0, 1, 2, 3] }), /two sets of senders/);
  assert.equal(move(begun(), { ...masking, sharers: [1, 2, 3, 4] }).kind, 'wait'); // her shares came too late
  assert.equal(move(sent(), { ...signing, senders: [1, 2, 3, 4] }).kind, 'wait'); // her contribution did
});

test('without signatures of enough neighbours under the same set nothing is revealed', () => {
  refused(move(signed(), { ...revealing, signatures: null }), /0 of her neighbours/);
  refused(move(signed(), { ...revealing, signatures: signatures.slice(0, 3) }), /2 of her neighbours signed/);
  const forged = signatures.map(({ by }) => ({ by, signature: signatures[0]!.signature }));
  refused(move(signed(), { ...revealing, signatures: forged }), /0 of her neighbours/);
  const another = senders.map((by) => ({
    by,
    signature: members[by]!.signer.sign(sendersText(open, [0, 1, 3])),
  }));
  refused(move(signed(), { ...revealing, signatures: another }), /0 of her neighbours/);
  assert.equal(move(sent(), revealing).kind, 'wait'); // she signed nothing
});

test('a share that doesn’t open is left out, and named', () => {
  const { sealed } = revealing;
  const damaged = sealed!.map((one) => (one.from === 3 ? { ...one, sealed: sealed![0]!.sealed } : one));
  const next = move(signed(), { ...revealing, sealed: damaged });
  assert.deepEqual(next.kind === 'reveal' && next.unopened, [3]);
  assert.deepEqual(
    kept(next).reveals!.map(({ of }) => of),
    [1, 2, 4],
  );
  refused(move(signed(), { ...revealing, sealed: [] }), /opens/);
});

test('who refused a round stays out of it', () => {
  for (const told of [sharing, masking, signing, revealing, { ...sharing, attempt: 2 }])
    assert.equal(move({ ...signed(), refused: 'for a reason' }, told).kind, 'wait');
});

test('where members are vouched for, strangers in the roster count for nothing', () => {
  const admin = testSigner('an admin');
  const begins = (vouched: number) => {
    const rows = testMembers(7).map((member, at) => rowOf(member, at < vouched ? admin : null));
    const expected = {
      ...testGroup,
      round: 1,
      key: testMembers(7)[0]!.signer.publicKey,
      vouchedBy: admin.publicKey,
    };
    const own = readVerified(rosterText(rows), expected);
    return beginAttempt(own, standpoint, hex(me.maskingKey), testBytes('vouched'));
  };
  assert.equal(begins(5).sealed.length, 6);
  assert.throws(
    () => begins(4),
    (error) => error instanceof MaskingError && /fewer than 4/.test(error.message),
  );
  assert.throws(() => begins(2), /2 count, and it takes 3/);
  assert.equal(openRoster(open.text).hash, open.hash);
});
