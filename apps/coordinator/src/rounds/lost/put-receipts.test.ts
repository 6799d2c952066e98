// A database that lacks rounds of which members hold receipts: what is counted, once, and what no receipt can do.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ApiProblem } from '@colora/protocol/api-client';
import { issueReceipt } from '@colora/protocol/proofs/receipt';
import { makePrivateKey, openSigner, type Signer } from '@colora/protocol/proofs/signatures';
import { contributionForm } from '@colora/protocol/proofs/statement';
import { type Database, openDatabase } from '../../database/open-database.ts';
import { createReceiptSigner } from '../../keys/receipt-signer.ts';
import { makeContext } from '../../testing/context.ts';
import { onOneDatabase } from '../../testing/databases.ts';
import { directCalls } from '../../testing/direct-call.ts';
import { type MaskedGroup, makeMaskedGroup } from '../../testing/masked-group.ts';
import type { MaskedMember } from '../../testing/masked-member.ts';
import { openRound } from '../open-round.ts';
import { readSituation } from '../read-situation.ts';
import { nextStep } from '../round-states.ts';

onOneDatabase('receipts of lost rounds', (database) => {
  let opened: Database;
  let signer: Signer;
  before(async () => {
    opened = await openDatabase(await database.create());
    signer = await createReceiptSigner(opened.client)();
  });
  after(() => opened.close());

  /** As the coordinator gave it when the round was still there. */
  function receiptOf(
    { group }: MaskedGroup,
    { name, signer: own }: MaskedMember,
    round: number,
    by = signer,
  ) {
    const hash = 'ab'.repeat(32);
    const statement = contributionForm.write({
      ...{ group: group.name, groupCreatedAt: group.createdAt, participant: name, key: own.publicKey },
      ...{ round, version: round - 1, checkpoint: hash, kind: 'delta', examples: 1 },
      ...{ personalLoss: null, sharedLoss: null, sha256: hash, bytes: 9 },
    });
    return { statement, receipt: issueReceipt(by, { statement, round, at: new Date() }) };
  }
  const tell = ({ group }: MaskedGroup, member: MaskedMember, receipts: ReturnType<typeof receiptOf>[]) =>
    member.call('putReceipts', { params: { group: group.name }, body: { receipts } });

  test('are counted once: the budget is charged, a round that knew nothing of them fails, and their numbers don’t come again', async () => {
    // rounds at 2 clip norms come to 2.17, 3.19, 4.01, 4.73, 5.38 at delta 1e-5
    const noise = { mechanism: 'central' as const, noiseMultiplier: 2, epsilon: 5.5, delta: 1e-5 };
    const privacy = { minMembers: 1, ...noise };
    const made = await makeMaskedGroup(opened, { name: 'budget', settings: { privacy }, keys: 8 });
    const [one, two] = made.members as [MaskedMember, MaskedMember];
    const params = { group: made.group.name };
    const shown = () => made.admin.call('showGroup', { params });
    await made.keep();
    for (let moves = 0; (await shown()).committedRounds < 1; moves += 1) {
      assert.ok(moves < 20);
      for (const member of made.members) await member.move(made.update(made.members.indexOf(member)));
      await made.keep();
    }
    const real = await one.sendAgain();
    assert.equal(real.round, 1);
    assert.ok(real.receipt !== null);
    const live = async () => (await one.assignment()).round?.number;
    assert.equal(await live(), 2);

    assert.deepEqual(await tell(made, one, [receiptOf(made, one, 3)]), { lost: 1 });
    await made.keep();
    assert.deepEqual(await tell(made, one, [receiptOf(made, one, 3)]), { lost: 0 }, 'told again');
    assert.deepEqual(await tell(made, two, [receiptOf(made, two, 3)]), { lost: 0 }, 'or by another');
    const failed = await made.admin.call('showRound', { params: { ...params, round: 2 } });
    assert.deepEqual(
      [failed.state, /put back to an earlier day/.test(failed.reason ?? '')],
      ['failed', true],
    );
    assert.equal(await live(), 5, 'round 4 may have been open');
    assert.deepEqual(await tell(made, two, [receiptOf(made, two, 2), receiptOf(made, two, 4)]), { lost: 2 });
    await made.keep();
    const { privacy: told } = await one.call('showGroup', { params });
    assert.ok(told !== null && told.lostRounds === 3, JSON.stringify(told));
    assert.ok(
      told.spent > 4.7 && told.spent < 4.8 && told.own === told.spent,
      'one, and three that are lost',
    );

    assert.equal(await live(), 6);
    await made.play();
    const { state, committedRounds, endedReason } = await shown();
    assert.deepEqual([state, committedRounds], ['completed', 2]);
    assert.match(endedReason ?? '', /budget is spent: .*rounds that the database lost.*: 3\)/);
    const { items } = await made.admin.call('listEvents', { params, query: { kind: 'rounds-lost' } });
    assert.deepEqual(items.map(({ detail }) => detail).reverse(), [
      { rounds: 1, upTo: 3 },
      { rounds: 2, upTo: 4 },
    ]);
  });

  test('counted between the look at the budget and the round that would open by it: none opens', async () => {
    // one round at 2 clip norms comes to 2.17, two to 3.19
    const noise = { mechanism: 'central' as const, noiseMultiplier: 2, epsilon: 3, delta: 1e-5 };
    const privacy = { minMembers: 1, ...noise };
    const made = await makeMaskedGroup(opened, { name: 'between', settings: { privacy } });
    const [one] = made.members as [MaskedMember];
    const context = makeContext(opened, 'between');
    const seen = await readSituation(context, made.groupId);
    assert.deepEqual([seen?.isSpent, nextStep(seen!, seen!.now)], [false, 'open']);
    assert.deepEqual(await tell(made, one, [receiptOf(made, one, 1)]), { lost: 1 });
    await openRound(context, seen!);
    assert.equal(await opened.client.round.count({ where: { groupId: made.groupId } }), 0);
    await made.keep();
    const { state } = await made.admin.call('showGroup', { params: { group: 'between' } });
    assert.equal(state, 'completed');
  });

  test('all rounds up to the latest of them are lost, whoever was in them', async () => {
    const made = await makeMaskedGroup(opened, { name: 'behind' });
    await made.keep();
    const [one] = made.members as [MaskedMember];
    assert.deepEqual(await tell(made, one, [receiptOf(made, one, 9)]), { lost: 8 });
    await made.keep();
    assert.equal((await one.assignment()).round?.number, 11);
  });

  test('rounds that are here are lost to nobody: not to a second name with the same signing key, nor to who was forgotten', async () => {
    const made = await makeMaskedGroup(opened, { name: 'two-names', people: 5 });
    const { groupId, admin, group } = made;
    const params = { group: group.name };
    const [one] = made.members as [MaskedMember];
    await made.keep();
    for (let moves = 0; (await admin.call('showGroup', { params })).committedRounds < 1; moves += 1) {
      assert.ok(moves < 20);
      for (const member of made.members) await member.move(made.update(made.members.indexOf(member)));
      await made.keep();
    }
    const { statement } = await opened.client.contribution.findFirstOrThrow({
      where: { round: { groupId }, participant: { name: one.name } },
    });
    assert.ok(statement !== null);
    const receipts = [{ statement, receipt: issueReceipt(signer, { statement, round: 1, at: new Date() }) }];
    const { id: participantId } = await opened.client.participant.create({
      data: { name: 'two-names-again', signingKey: one.signer.publicKey },
    });
    await opened.client.membership.create({ data: { groupId, participantId, onlineUntil: new Date() } });
    const again = directCalls(() => makeContext(opened, 'two names'), {
      ...{ keyId: 'again', role: 'participant', name: 'two-names-again', participantId },
      ...{ groups: null, address: '127.0.0.1' },
    });
    assert.deepEqual(await again.call('putReceipts', { params, body: { receipts } }), { lost: 0 });
    await one.call('forgetMe', {});
    assert.deepEqual(await again.call('putReceipts', { params, body: { receipts } }), { lost: 0 });
    assert.equal(await opened.client.lostRound.count({ where: { groupId } }), 0);
  });

  test('what the coordinator didn’t sign, or not for her, counts nothing', async () => {
    const made = await makeMaskedGroup(opened, { name: 'refused' });
    const other = await makeMaskedGroup(opened, { name: 'other' });
    const [one, two] = made.members as [MaskedMember, MaskedMember];
    const stranger = openSigner(makePrivateKey())!;
    const good = receiptOf(made, one, 3);
    for (const [what, wrong] of [
      ['made up', receiptOf(made, one, 3, stranger)],
      ['another round than was signed', { ...good, receipt: { ...good.receipt, round: 900 } }],
      ['another statement', { ...good, statement: receiptOf(made, one, 4).statement }],
      ['another member’s', receiptOf(made, two, 3)],
      ['another group’s', receiptOf(other, one, 3)],
    ] as const)
      await assert.rejects(
        tell(made, one, [good, wrong]),
        (error) => error instanceof ApiProblem && error.is('wrong-signature'),
        what,
      );
    assert.equal(await opened.client.lostRound.count({ where: { groupId: made.groupId } }), 0);
  });
});
