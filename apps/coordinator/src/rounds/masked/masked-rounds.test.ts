// Masked rounds from their opening to the checkpoint, with two coordinators that take turns at every step: what the sum is, who may be
// gone when, what is refused, and what is never asked for.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { ApiProblem } from '@colora/protocol/api-client';
import type { MaskingPhase } from '@colora/protocol/masking/masking';
import type { ProblemCode } from '@colora/protocol/problem-table';
import { manifestForm } from '@colora/protocol/proofs/manifest';
import { countedForm } from '@colora/protocol/proofs/manifest-entry';
import { makePrivateKey, openSigner } from '@colora/protocol/proofs/signatures';
import { decode } from '@colora/tensors/safetensors/safetensors';
import { createBlobStore } from '../../blobs/blob-store.ts';
import { type Database, openDatabase } from '../../database/open-database.ts';
import { onOneDatabase } from '../../testing/databases.ts';
import { type MaskedGroup, makeMaskedGroup } from '../../testing/masked-group.ts';
import type { MaskedMember } from '../../testing/masked-member.ts';
import { replayRound } from '../replay/replay-round.ts';
import { readPhaseSeconds } from './told-phases.ts';

const refusal =
  (code: ProblemCode, text = /./) =>
  (error: unknown) => {
    assert.ok(error instanceof ApiProblem, String(error));
    assert.equal(error.problem.code, code, error.problem.detail);
    assert.match(error.problem.detail, text);
    return true;
  };

onOneDatabase('masked rounds', (database) => {
  let opened: Database;
  let groups = 0;
  before(async () => {
    opened = await openDatabase(await database.create());
  });
  after(() => opened.close());

  const make = (options: Omit<Parameters<typeof makeMaskedGroup>[1], 'name'> = {}) =>
    makeMaskedGroup(opened, { name: `masked-${++groups}`, ...options });

  async function tensorsOf({ groupId }: MaskedGroup, version: number) {
    const { blob } = await opened.client.checkpoint.findUniqueOrThrow({
      where: { groupId_version: { groupId, version } },
      include: { blob: true },
    });
    return decode(await createBlobStore(opened.client, opened.chunks, 0).read(blob)).tensors;
  }

  /** What a plain sum of these members' whole numbers makes of the checkpoint before. */
  async function assertSummed(made: MaskedGroup, round: number, senders: readonly MaskedMember[]) {
    const [from, to] = [await tensorsOf(made, round - 1), await tensorsOf(made, round)];
    const unit = 2 / 32767;
    const rows = senders.map((member) => member.ledger.get(round)!);
    const sum = (at: number) => rows.reduce((total, row) => total + row[at]!, 0);
    let at = 0;
    let tensor = 0;
    for (const [name, { data }] of from) {
      const holders = sum(7 - 2 + tensor + 2); // behind five values: two weights, then two holders
      const weight = sum(5 + tensor);
      for (const [index, value] of data.entries()) {
        const step = holders >= 2 ? Math.fround((sum(at) / weight) * unit) : 0;
        assert.ok(Math.abs(to.get(name)!.data[index]! - (value - step)) < 1e-6, `${name} ${index}`);
        at += 1;
      }
      tensor += 1;
    }
  }

  /** A committed round once more, out of files in a folder. */
  async function replayed({ admin, group }: MaskedGroup, version: number) {
    const folder = mkdtempSync(join(tmpdir(), 'colora-masked-'));
    try {
      const params = { group: group.name, version: String(version) };
      const { text, settings, unmasking } = await admin.call('showManifest', { params });
      const manifest = manifestForm.read(text)!;
      const { items } = await admin.call('listManifestEntries', { params, query: { limit: 100 } });
      const counted = items.flatMap((entry) =>
        entry.list === 'counted' ? [countedForm.read(entry.text)!] : [],
      );
      const wanted = [manifest.baseCheckpoint!, ...counted.map(({ sha256 }) => sha256)];
      const blobs = await opened.client.blob.findMany({ where: { sha256: { in: wanted } } });
      const store = createBlobStore(opened.client, opened.chunks, 0);
      const pathOf = (sha256: string) => join(folder, sha256);
      for (const blob of blobs) writeFileSync(pathOf(blob.sha256), await store.read(blob));
      const base = blobs.find(({ sha256 }) => sha256 === manifest.baseCheckpoint)!;
      const round = {
        manifest,
        settings: JSON.parse(settings),
        counted,
        base,
        state: null,
        unmasking,
        pathOf,
      };
      return { ...(await replayRound(round)), checkpoint: manifest.checkpoint };
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  const phaseOf = async ({ groupId }: MaskedGroup) => {
    const live = await opened.client.round.findFirst({ where: { groupId, state: 'collecting' } });
    return [live?.number, live?.attempt, live?.phase as MaskingPhase | undefined] as const;
  };

  test('all in it to the end: the checkpoint is the plain sum, and what one sent stands nowhere', async () => {
    const made = await make();
    await made.keep();
    const moves = await made.play();
    assert.deepEqual(
      moves.slice(0, 16),
      ['share', 'contribute', 'sign', 'reveal'].flatMap((kind) => new Array(4).fill(kind)),
    );
    await assertSummed(made, 1, made.members);
    await assertSummed(made, 2, made.members);
    const rounds = await opened.client.round.findMany({
      where: { groupId: made.groupId },
      orderBy: { number: 'asc' },
    });
    assert.equal(rounds.filter(({ state }) => state === 'committed').length, 4); // as many as there were keys
    const { id, openedAt, committedAt } = rounds[0]!;
    const phases = await readPhaseSeconds(opened.client, id, committedAt!);
    const named = phases.map(({ phase }) => phase);
    assert.deepEqual(named, ['sharing', 'masking', 'signing', 'revealing']);
    assert.ok(phases.every(({ seconds }) => seconds >= 0));
    const whole = phases.reduce((sum, { seconds }) => sum + seconds, 0);
    assert.ok(Math.abs(whole - (committedAt!.getTime() - openedAt.getTime()) / 1000) < 0.5, `${whole} s`);
    const metrics = rounds[0]!.metrics as Record<string, number>;
    assert.equal(metrics.sharedLoss, 0.5);
    assert.equal('examples' in metrics || 'contributionNorm' in metrics, false);
    assert.deepEqual(rounds[0]!.tensorWeights, { 'x.shared.A': 4, 'x.shared.B': 2 });
    // shares are gone once the round is over
    const sealed = { sealed: { not: null }, maskedRound: { round: { groupId: made.groupId } } };
    assert.equal(await opened.client.maskedMember.count({ where: sealed }), 0);
    // a member knows what her contribution became, by what all weigh together
    const told = await made.members[1]!.call('showContribution', {
      params: { group: made.group.name, round: 1 },
    });
    assert.deepEqual(told.weights, { 'x.shared.A': 1 / 4, 'x.shared.B': 1 / 2 });
    // whoever has the files and what was revealed makes the same checkpoint of them
    const { made: again, faults, checkpoint } = await replayed(made, 2);
    assert.deepEqual([again?.checkpoint, faults], [checkpoint, []]);
    const mine = await made.members[0]!.call('showManifest', {
      params: { group: made.group.name, version: '2' },
    });
    assert.equal(mine.unmasking, null); // of all is told to those who run the group
    // no more keys: no round opens, and it is said why
    const explained = await made.admin.call('explainGroup', { params: { group: made.group.name } });
    assert.equal(explained.reasons[0]?.code, 'members-missing');
    assert.equal(explained.reasons.filter(({ code }) => code === 'no-keys').length, 4);
    await made.members[0]!.handIn(1);
    assert.equal((await made.members[0]!.assignment()).maskingKeys, 1);
  });

  test('who is gone from a step on: the sum is that of the others, to the last number', async () => {
    const asBefore = { secureAggregation: { verdicts: false } }; // rows as they are in groups of before the choice
    const made = await make({ people: 7, settings: { privacy: asBefore } });
    const [one, two, ...rest] = made.members as [MaskedMember, MaskedMember, ...MaskedMember[]];
    await made.keep();
    for (const member of [one, two, ...rest]) if (member !== one) await member.move(made.update(0));
    await made.keep();
    assert.deepEqual(await phaseOf(made), [1, 1, 'sharing']); // one is waited for
    await made.passTime();
    await made.keep();
    assert.deepEqual(await phaseOf(made), [1, 1, 'masking']);
    assert.equal((await one.assignment()).round?.masking?.awaited, false);
    for (const member of rest) await member.move(made.update(made.members.indexOf(member)));
    await made.keep();
    assert.deepEqual(await phaseOf(made), [1, 1, 'masking']);
    await made.passTime();
    await made.keep();
    assert.deepEqual(await phaseOf(made), [1, 1, 'signing']); // without two, whose masks are in it
    for (const member of rest) await member.move(made.update(0));
    await made.keep();
    for (const member of rest.slice(0, 4)) await member.move(made.update(0));
    await made.keep();
    assert.deepEqual(await phaseOf(made), [1, 1, 'revealing']); // four shares of each are needed, and nobody holds one of her own
    await rest[4]!.move(made.update(0));
    await made.keep();
    assert.deepEqual((await phaseOf(made))[0], 2);
    await assertSummed(made, 1, rest);
  });

  test('too few before anything is revealed: members are drawn anew with other keys, and what was sent counts nowhere', async () => {
    const made = await make({ people: 4 });
    const [one, two, three, four] = made.members as [MaskedMember, MaskedMember, MaskedMember, MaskedMember];
    await made.keep();
    for (const step of ['share', 'contribute'])
      for (const member of [one, two, three, four].slice(0, step === 'share' ? 4 : 2)) {
        assert.equal(await member.move(made.update(0)), step);
        if (member === four) await made.keep();
      }
    await made.passTime();
    await made.keep();
    assert.deepEqual(await phaseOf(made), [1, 2, 'sharing']);
    assert.equal(await opened.client.contribution.count({ where: { round: { groupId: made.groupId } } }), 0);
    const indices = (
      await opened.client.maskingKey.findMany({ where: { groupId: made.groupId, roundId: { not: null } } })
    ).map(({ index, attempt }) => [Number(index), attempt]);
    assert.deepEqual(
      indices.sort(),
      [0, 0, 0, 0, 1, 1, 1, 1].map((index) => [index, index + 1]),
    );
    await assert.rejects(one.sendAgain(), refusal('not-collecting'));
    const before = one.ledger.get(1);
    const moves = await made.play();
    assert.equal(moves[0], 'share');
    assert.equal(one.ledger.get(1), before); // the same vector under other masks
    await assertSummed(made, 1, made.members);
    // the manifest tells of what had been accepted in the attempt before
    const { entries } = await opened.client.manifest.findUniqueOrThrow({
      where: { groupId_version: { groupId: made.groupId, version: 1 } },
      include: { entries: true },
    });
    const left = entries.filter(({ isCounted, text }) => !isCounted && text.includes('"attempt-given-up"'));
    assert.equal(left.length, 2);
    assert.ok(left.every(({ text }) => text.includes('colora contribution v1')));
  });

  test('too little revealed: the round fails and is never tried again, the next opens at the same checkpoint, then the group pauses', async () => {
    const made = await make({ people: 4, settings: { rounds: { retries: 1 } } });
    await made.keep();
    for (const step of ['share', 'contribute', 'sign'])
      for (const [at, member] of made.members.entries()) {
        assert.equal(await member.move(made.update(at)), step);
        if (at === 3) await made.keep();
      }
    await made.members[0]!.move(made.update(0));
    await made.passTime();
    await made.keep();
    assert.deepEqual(await phaseOf(made), [2, 1, 'sharing']);
    const [failed, next] = await opened.client.round.findMany({
      where: { groupId: made.groupId },
      orderBy: { number: 'asc' },
    });
    assert.deepEqual([failed!.state, failed!.version, next!.version, next!.retries], ['failed', 0, 0, 1]);
    for (const step of ['share', 'contribute', 'sign'])
      for (const [at, member] of made.members.entries()) {
        assert.equal(await member.move(made.update(at)), step);
        if (at === 3) await made.keep();
      }
    await made.passTime();
    await made.keep();
    const { state, pausedReason } = await opened.client.taskGroup.findUniqueOrThrow({
      where: { id: made.groupId },
    });
    assert.equal(state, 'paused');
    assert.match(pausedReason!, /too few of its senders revealed/);
  });

  test('garbage under a mask is seen in the sum: the round fails with that reason', async () => {
    const made = await make();
    await made.keep();
    for (const member of made.members) await member.move(made.update(0));
    await made.keep();
    const garbage = new Int32Array(5 + 2 * 2 + 4 + 8).fill(2_000_000);
    made.members[0]!.ledger.set(1, garbage);
    await made.play();
    const round = await opened.client.round.findFirstOrThrow({ where: { groupId: made.groupId } });
    assert.equal(round.state, 'failed');
    assert.match(round.reason!, /larger than any 4 can make it/);
  });

  test('verdicts under the masks: their sums are told to all with the round, nobody’s own, and none in the clear', async () => {
    const made = await make({ people: 5 });
    const params = { group: made.group.name };
    assert.equal(made.group.settings.privacy.secureAggregation?.verdicts, true);
    const gains = [20, 10, 10, 0];
    const given = (at: number) => () => {
      const figures = { shareOfCore: 60 + 10 * at, gain: gains[at]!, standardError: 10 };
      const opinion = at === 3 ? ('too-early' as const) : ('helped' as const);
      return { ...made.update(at)(), ...(at < 4 ? { verdict: { opinion, figures } } : {}) };
    };
    const round = async (tells: boolean) => {
      await made.keep();
      for (let step = 0; step < 4; step += 1) {
        for (const [at, member] of made.members.entries()) await member.move(given(tells ? at : 4));
        await made.keep();
      }
    };
    await round(true);
    const counts = await made.admin.call('countVerdicts', { params });
    const { figures, ...counted } = counts;
    assert.deepEqual(counted, { version: 1, members: 5, told: 4, helped: 3, noGainSeen: 0, tooEarly: 1 });
    assert.deepEqual([figures!.reporters, figures!.shareOfCore], [4, 0.75]);
    assert.ok(Math.abs(figures!.gain.mean - 0.1) < 0.002, 'within a rounding');
    assert.ok(Math.abs(figures!.gain.standardError - 0.05) < 0.001);
    assert.equal(figures!.gain.spread, 0);
    for (const { call } of made.members)
      assert.deepEqual(await call('showFigures', { params }), { version: 1, figures, awaited: 0 });
    const told = { version: 1, shareOfCore: 1, gain: 1, standardError: 1 };
    await assert.rejects(
      made.members[0]!.call('putFigures', { params, body: told }),
      refusal('invalid-request', /nobody’s own figures/),
    );
    await round(false); // of a later checkpoint nobody told
    assert.deepEqual(await made.admin.call('countVerdicts', { params }), {
      ...{ version: 2, members: 5, told: 0, helped: 0, noGainSeen: 0, tooEarly: 0, figures: null },
    });
  });

  test('more verdicts than members, or more than they can tell, fail the round', async () => {
    const made = await make();
    await made.keep();
    for (const member of made.members) assert.equal(await member.move(made.update(0)), 'share');
    await made.keep();
    const stuffed = new Int32Array(5 + 2 * 2 + 4 + 8);
    stuffed.set([1, 1, 0, 0, 0], stuffed.length - 8); // of nobody's certainty
    made.members[0]!.ledger.set(1, stuffed);
    await made.play();
    const round = await opened.client.round.findFirstOrThrow({ where: { groupId: made.groupId } });
    assert.deepEqual([round.state, round.verdicts], ['failed', null]);
    assert.match(round.reason!, /larger than any 4 can make it/);
  });

  test('who takes off the weights by which a sum is divided, to make all of it count for more, is seen', async () => {
    // five values; weights of A and B, holders of both, losses, verdicts
    for (const tail of [
      [-3, 0, 1, 0],
      [1, 0, -3, 0],
      [1, 5, 1, 0],
    ]) {
      const made = await make();
      await made.keep();
      for (const member of made.members) await member.move(made.update(0));
      await made.keep();
      made.members[0]!.ledger.set(1, Int32Array.from([0, 0, 0, 0, 0, ...tail, ...new Array(4 + 8).fill(0)]));
      await made.play();
      const round = await opened.client.round.findFirstOrThrow({ where: { groupId: made.groupId } });
      assert.equal(round.state, 'failed', tail.join());
      assert.match(round.reason!, /weighs less than it holds/);
    }
  });

  test('what is refused: shares for strangers, twice, late; signatures that don’t hold; reveals of both kinds, early, of another roster', async () => {
    const made = await make({ people: 4 });
    const [one, two, three, four] = made.members as [MaskedMember, MaskedMember, MaskedMember, MaskedMember];
    const params = { group: made.group.name, round: 1 };
    await made.keep();
    const told = await one.told();
    const of = { attempt: 1, roster: told.roster };
    const sealed = `${'A'.repeat(126)}==`;
    const shares = (to: readonly number[]) =>
      one.call('putShares', {
        params,
        body: { ...of, shares: to.map((number) => ({ to: number, sealed })) },
      });
    const roster = [...made.members].sort((a, b) => (a.signer.publicKey < b.signer.publicKey ? -1 : 1));
    const own = roster.indexOf(one);
    const others = [0, 1, 2, 3].filter((number) => number !== own);
    await assert.rejects(shares([...others, 7]), refusal('invalid-request', /neighbours/));
    await assert.rejects(shares([0, 1, 2, 3]), refusal('invalid-request', /neighbours/));
    await assert.rejects(shares(others.slice(1)), refusal('invalid-request', /neighbours/));
    const stale = { ...of, attempt: 2 };
    await assert.rejects(
      one.call('putShares', { params, body: { ...stale, shares: others.map((to) => ({ to, sealed })) } }),
      refusal('not-collecting', /attempt 1/),
    );
    await assert.rejects(
      one.call('putSendersSignature', { params, body: { ...of, signature: '0'.repeat(128) } }),
      refusal('not-collecting', /phase of sharing/),
    );
    await assert.rejects(
      one.call('putReveals', {
        params,
        body: { ...of, reveals: [{ of: others[0]!, what: 'self', share: '0'.repeat(66) }] },
      }),
      refusal('not-collecting'),
    );
    assert.deepEqual(await shares(others), { repeated: false });
    assert.deepEqual(await shares([...others].reverse()), { repeated: true });
    const second = others.map((to) => ({ to, sealed: `B${sealed.slice(1)}` }));
    await assert.rejects(
      one.call('putShares', { params, body: { ...of, shares: second } }),
      refusal('duplicate-contribution'),
    );
    for (const member of [two, three]) await member.move(made.update(0));
    await four.move(made.update(0));
    await made.keep();
    assert.deepEqual(await shares(others), { repeated: true }); // the answer was lost, and the round went on
    // who holds no key of the group's, or none at all
    const stranger = (await make({ people: 3, keys: 0 })).members[0]!;
    await assert.rejects(stranger.call('showMasking', { params }), refusal('unknown-group'));
    // a masked contribution of another ring, length or form
    for (const member of [two, three, four]) {
      assert.equal(await member.move(made.update(0)), 'contribute');
      assert.equal((await member.sendAgain()).repeated, true);
    }
    await made.passTime();
    await made.keep();
    assert.deepEqual((await phaseOf(made))[2], 'signing');
    await assert.rejects(
      two.call('putSendersSignature', {
        params,
        body: { ...of, signature: one.signer.sign('colora masked senders v1\n[]') },
      }),
      refusal('wrong-signature'),
    );
    await assert.rejects(
      one.call('putSendersSignature', { params, body: { ...of, signature: '0'.repeat(128) } }),
      refusal('not-assigned'),
    );
    for (const member of [two, three, four]) assert.equal(await member.move(made.update(0)), 'sign');
    await made.keep();
    const at = roster.indexOf(two);
    const share = '0'.repeat(66);
    const reveal = (reveals: { of: number; what: 'self' | 'key' }[]) =>
      two.call('putReveals', {
        params,
        body: { ...of, reveals: reveals.map((each) => ({ ...each, share })) },
      });
    const neighbour = roster.indexOf(three);
    await assert.rejects(reveal([{ of: neighbour, what: 'key' }]), refusal('invalid-request', /of the self/));
    await assert.rejects(reveal([{ of: own, what: 'self' }]), refusal('invalid-request', /of the key/));
    await assert.rejects(
      reveal([
        { of: neighbour, what: 'self' },
        { of: neighbour, what: 'self' },
      ]),
      refusal('invalid-request'),
    );
    await assert.rejects(reveal([{ of: at, what: 'self' }]), refusal('invalid-request', /nothing to reveal/));
  });

  test('a database of yesterday put back: whoever signed one set of senders takes part in no other of that round', async () => {
    const made = await make({ people: 5 });
    await made.keep();
    for (const step of ['share', 'contribute', 'sign'])
      for (const [at, member] of made.members.entries()) {
        assert.equal(await member.move(made.update(at)), step);
        if (at === 4) await made.keep();
      }
    const { client: db } = opened;
    const round = { round: { groupId: made.groupId } };
    await db.maskedRound.deleteMany({ where: round });
    await db.contribution.deleteMany({ where: round });
    await db.assignment.deleteMany({ where: round });
    await db.round.deleteMany({ where: { groupId: made.groupId } });
    await db.maskingKey.updateMany({
      where: { groupId: made.groupId },
      data: { roundId: null, attempt: null },
    });
    const offline = { groupId: made.groupId, participant: { name: made.members[4]!.name } };
    await db.membership.updateMany({ where: offline, data: { onlineUntil: new Date(0) } });
    await db.taskGroup.update({ where: { id: made.groupId }, data: { participants: 4 } });
    const settings = { ...made.group.settings, rounds: { ...made.group.settings.rounds, participants: 4 } };
    await db.taskGroup.update({ where: { id: made.groupId }, data: { settings } });
    await made.keep();
    assert.deepEqual(await phaseOf(made), [1, 1, 'sharing']);
    assert.equal(await made.members[0]!.move(made.update(0)), 'refuse');
  });

  test('keys: signed as they are, each index once, none of another member', async () => {
    const made = await make({ people: 3, keys: 0 });
    const [one, two] = made.members as [MaskedMember, MaskedMember];
    await made.keep();
    assert.deepEqual((await phaseOf(made))[0], undefined);
    const params = { group: made.group.name };
    const stranger = openSigner(makePrivateKey())!;
    const key = {
      index: 0,
      maskingKey: '4b'.repeat(32),
      signature: stranger.sign('colora masking key v1\n[]'),
    };
    const given = { sealingKey: '4d'.repeat(32), keys: [key] };
    await assert.rejects(one.call('putMaskingKeys', { params, body: given }), refusal('wrong-signature'));
    // of small order: whoever masks with it ends with an error
    const nothing = '00'.repeat(32);
    for (const body of [
      { ...given, sealingKey: nothing },
      { ...given, keys: [{ ...key, maskingKey: nothing }] },
    ])
      await assert.rejects(one.call('putMaskingKeys', { params, body }), /X25519/);
    assert.equal(await one.handIn(2), 2);
    assert.equal(await two.handIn(1), 1);
    const plain = await opened.client.taskGroup.create({
      data: {
        name: `plain-${groups}`,
        access: 'open',
        ...{
          settings: {},
          isBuffered: false,
          isSampled: false,
          participants: 1,
          quorum: 1,
          maxStaleness: 0,
          downloadEncoding: 'f32',
        },
      },
    });
    assert.equal(plain.isMasked, false);
  });
});
