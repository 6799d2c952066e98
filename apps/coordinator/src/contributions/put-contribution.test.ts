// What is admitted into a round and what is refused, with the reason, over the real wire.
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import { ApiProblem } from '@colora/protocol/api-client';
import { encodeContributionMetadata } from '@colora/protocol/contribution';
import { formatContentDigest } from '@colora/protocol/digest';
import type { ProblemCode } from '@colora/protocol/problem-table';
import { encode } from '@colora/tensors/safetensors/safetensors';
import { encodeHeader } from '@colora/tensors/safetensors/safetensors-header';
import { decodeContribution, encodeWire } from '@colora/tensors/wire/wire-file';
import { onOneDatabase } from '../testing/databases.ts';
import { hash, joinAs, makeGroup, type TestMember, tensors } from '../testing/group.ts';
import { useCoordinator } from '../testing/use-coordinator.ts';

const good = tensors({ 'x.shared.A': [1, 1], 'x.shared.B': [1, 2, 3] });
const first = encodeContributionMetadata({ kind: 'delta', version: 0, round: 1, examples: 4 });

const refusal = (code: ProblemCode, text?: RegExp) => (error: unknown) => {
  assert.ok(error instanceof ApiProblem, String(error));
  assert.equal(error.problem.code, code);
  if (text !== undefined) assert.match(error.problem.detail, text);
  return true;
};

onOneDatabase('contributions', (database) => {
  const coordinator = useCoordinator(database);
  let groups = 0;

  /** A running group with a round that collects from ada and bob. */
  async function makeRound(settings = {}) {
    groups += 1;
    const name = `group-${groups}`;
    const admin = await makeGroup(coordinator.url, { name, settings });
    const ada = await joinAs(coordinator.url, `ada-${groups}`, name);
    const bob = await joinAs(coordinator.url, `bob-${groups}`, name);
    await ada.until('a round', ({ round }) => round !== null);
    await bob.until('a round', ({ round }) => round !== null);
    return { name, admin, ada, bob };
  }

  const send = (member: TestMember, update = good, metadata: Record<string, string> = first) =>
    member.send(1, encode(update, { metadata }));

  test('a retry is answered as the first time, also at once and after the commit', async () => {
    const { ada, bob } = await makeRound();
    const together = await Promise.allSettled([send(ada), send(ada), send(ada)]);
    const answers = together.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    assert.equal(answers.filter(({ repeated }) => !repeated).length, 1);
    for (const result of together) {
      if (result.status === 'rejected') refusal('upload-in-progress')(result.reason);
    }
    assert.equal((await send(ada)).repeated, true);
    await send(bob);
    await ada.until('the commit', ({ checkpoint }) => checkpoint?.version === 1);
    const late = await send(ada);
    assert.deepEqual([late.repeated, late.round, late.version], [true, 1, 0]);
    assert.deepEqual([...((await ada.checkpoint(1)).get('x.shared.A')?.data ?? [])], [0, 1]);
  });

  test('another contribution to the same round is a duplicate', async () => {
    const { ada } = await makeRound();
    await send(ada);
    const other = tensors({ 'x.shared.A': [2, 2] });
    await assert.rejects(send(ada, other), refusal('duplicate-contribution', /round 1/));
  });

  test('a stale one is told the current version', async () => {
    const { ada, bob } = await makeRound();
    await send(bob);
    await send(ada);
    const carl = await joinAs(coordinator.url, `carl-${groups}`, `group-${groups}`);
    await ada.until('the next round', ({ round }) => round?.number === 2);
    await assert.rejects(send(carl), (error: unknown) => {
      refusal('stale-version', /checkpoint 0/)(error);
      return error instanceof ApiProblem && error.problem.current === 1;
    });
    await assert.rejects(ada.send(2, encode(good, { metadata: first })), refusal('stale-version'));
  });

  test('tensors must be the checkpoint’s, finite, of the group’s kind', async () => {
    const { ada } = await makeRound();
    const unknown = tensors({ 'y.shared.A': [1] });
    await assert.rejects(send(ada, unknown), refusal('wrong-tensors', /no tensor "y.shared.A"/));
    const misshapen = tensors({ 'x.shared.A': [1, 2, 3] });
    await assert.rejects(send(ada, misshapen), refusal('wrong-tensors', /\[3\].*\[2\]/));
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
      await assert.rejects(
        send(ada, tensors({ 'x.shared.A': [1, bad] })),
        refusal('not-finite', /x.shared.A/),
      );
    }
    const many = { ...first, examples: '1000000000' };
    await assert.rejects(send(ada, good, many), refusal('implausible-examples', /1000000000/));
    const bytes = encode(good, { metadata: first });
    const longer = new Uint8Array(bytes.length + 4);
    longer.set(bytes);
    await assert.rejects(ada.send(1, longer), refusal('invalid-tensors', /goes on/));
    const kind = { ...first, kind: 'gradient' };
    await assert.rejects(send(ada, good, kind), refusal('wrong-tensors', /delta/));
    await assert.rejects(send(ada, good, {}), refusal('invalid-tensors', /metadata/));
  });

  test('what claims a round, a loss or a number that cannot be, or brings nothing, is refused', async () => {
    const { ada, admin, name } = await makeRound();
    for (const sharedLoss of ['', '0x10', '-1', '1e7', 'NaN', 'Infinity', ' 1', '1.7e308'])
      await assert.rejects(
        send(ada, good, { ...first, sharedLoss }),
        refusal('invalid-tensors', /sharedLoss/),
      );
    for (const examples of ['', '0x10', '1e1', '4.5', '-4', '3000000000'])
      await assert.rejects(send(ada, good, { ...first, examples }), refusal('invalid-tensors', /examples/));
    const other = { ...first, round: '2' };
    await assert.rejects(send(ada, good, other), refusal('invalid-tensors', /sent to round 1 and says 2/));
    await assert.rejects(send(ada, new Map()), refusal('wrong-tensors', /no values/));
    const odd = tensors({ 'x.shared.A': [1, 1], 'x\0y': [1] });
    await assert.rejects(send(ada, odd), refusal('wrong-tensors'));
    const query = { kind: 'contribution-refused', limit: 1000 } as const;
    const { items } = await admin.call('listEvents', { params: { group: name }, query });
    assert.equal(items.length, 17); // each is told to operators, whatever its names hold
    await send(ada, good, { ...first, sharedLoss: '2.5e-7', personalLoss: '0' });
  });

  test('bodies that are damaged are refused', async () => {
    const { ada, name } = await makeRound();
    const bytes = encode(good, { metadata: first });
    await assert.rejects(ada.send(1, bytes, hash(new Uint8Array(1))), refusal('hash-mismatch'));
    await assert.rejects(ada.send(1, bytes.subarray(0, -4)), refusal('invalid-tensors', /ended/));
    const huge = new Uint8Array(bytes.length + 1_000_000);
    await assert.rejects(ada.send(1, huge), refusal('too-large'));
    await breakOff(coordinator.url, ada, name, bytes);
    const response = await fetch(`${coordinator.url}/v1/groups/${name}/rounds/1/contribution`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${ada.key}`, 'content-type': 'application/octet-stream' },
      body: bytes as Uint8Array<ArrayBuffer>,
    });
    assert.match(((await response.json()) as { detail: string }).detail, /Content-Digest/);
    assert.equal((await ada.assignment()).round?.contributed, false);
    assert.equal((await send(ada)).repeated, false); // none of that was counted
  });

  test('the norm is bounded where the group clips, with room for its noise', async () => {
    const { ada } = await makeRound({ privacy: { clipNorm: 1 } });
    await assert.rejects(send(ada), refusal('norm-exceeded', /clipNorm 1/));
    await send(ada, tensors({ 'x.shared.A': [0.6, 0.8] }));
    const noisy = await makeRound({ privacy: { clipNorm: 1, noiseMultiplier: 1 } });
    await send(noisy.ada);
    await assert.rejects(send(noisy.bob, tensors({ 'x.shared.A': [100, 0] })), refusal('norm-exceeded'));
  });

  test('the group’s own packed encoding is taken and averaged, another one refused', async () => {
    const { ada, bob } = await makeRound({ wire: { upload: 'int8' } });
    const packed = (encoding: 'int8' | 'top-k') => encodeWire(good, { encoding, metadata: first });
    await assert.rejects(ada.send(1, packed('top-k')), refusal('wrong-tensors', /takes int8.*top-k/));
    await ada.send(1, packed('int8'));
    await send(bob); // plain floats are taken too
    await ada.until('the commit', ({ checkpoint }) => checkpoint?.version === 1);
    const decoded = decodeContribution(packed('int8'), good).tensors.get('x.shared.B')!.data;
    assert.notDeepEqual([...decoded], [1, 2, 3]); // 1 and 2 are no multiples of 3 / 127
    const step = (await ada.checkpoint(1)).get('x.shared.B')!.data;
    for (const at of [0, 1, 2]) {
      assert.ok(Math.abs(step[at]! + (decoded[at]! + [1, 2, 3][at]!) / 2) < 1e-6);
    }
  });

  test('packed bytes are checked like plain ones: cut, out of order, lengths, norms', async () => {
    const { ada } = await makeRound({ wire: { upload: 'top-k', keep: 0.5 }, privacy: { clipNorm: 1 } });
    const packed = encodeWire(good, { encoding: 'top-k', metadata: first });
    await assert.rejects(ada.send(1, packed), refusal('norm-exceeded'));
    const cut = packed.slice();
    cut[cut.length - 16] = 0xff; // the count
    await assert.rejects(ada.send(1, cut), refusal('invalid-tensors', /tensor x\.shared\.B/));
    const turned = [...good].reverse().map(([name, { shape }]) => ({ name, dtype: 'F32' as const, shape }));
    const header = encodeHeader(turned, first);
    const bytes = new Uint8Array(header.length + 20);
    bytes.set(header);
    await assert.rejects(ada.send(1, bytes), refusal('wrong-tensors', /order of the checkpoint/));
  });

  test('a paused group takes nothing and loses nothing', async () => {
    const { ada, bob, admin, name } = await makeRound();
    await send(ada);
    await admin.call('pauseGroup', { params: { group: name } });
    await assert.rejects(send(bob), refusal('group-paused'));
    assert.equal((await send(ada)).repeated, true);
    const paused = await bob.assignment();
    assert.deepEqual([paused.state, paused.round], ['paused', null]);
    await admin.call('startGroup', { params: { group: name } });
    await send(bob);
    await bob.until('the commit', ({ checkpoint }) => checkpoint?.version === 1);
  });

  test('rounds and groups that are not there, strangers, and rounds not asked for', async () => {
    const { ada, bob, admin, name } = await makeRound();
    for (const round of [7, 2 ** 31, Number.MAX_SAFE_INTEGER]) {
      const about = new RegExp(`${round}`);
      await assert.rejects(
        ada.send(round, encode(good, { metadata: first })),
        refusal('unknown-round', about),
      );
      await assert.rejects(ada.checkpoint(round), refusal('unknown-checkpoint', about));
    }
    const stranger = await joinAs(coordinator.url, `eve-${groups}`, 'group-1');
    const api = (member: TestMember, group: string) =>
      member.api.call('putContribution', {
        params: { group, round: 1 },
        bytes: encode(good, { metadata: first }),
        sha256: hash(encode(good, { metadata: first })),
      });
    await assert.rejects(api(stranger, name), refusal('unknown-group'));
    await assert.rejects(api(ada, 'nowhere'), refusal('unknown-group'));
    const late = await joinAs(coordinator.url, `late-${groups}`, name);
    await assert.rejects(send(late), refusal('not-assigned'));
    assert.notEqual((await late.assignment()).round, null); // the poll takes it into the cohort
    await Promise.all([send(late), send(ada), send(bob)]);
    const round = await admin.call('showRound', { params: { group: name, round: 1 } });
    assert.equal(round.cohort, 3);
  });

  test('weights are the examples where the group says so', async () => {
    const { ada, bob } = await makeRound({ aggregation: { weighting: 'examples' } });
    await send(ada, tensors({ 'x.shared.A': [1, 0] }), { ...first, examples: '3' });
    await send(bob, tensors({ 'x.shared.A': [0, 1] }), { ...first, examples: '1' });
    await ada.until('the commit', ({ checkpoint }) => checkpoint?.version === 1);
    assert.deepEqual([...((await ada.checkpoint(1)).get('x.shared.A')?.data ?? [])], [0.25, 1.75]);
  });
});

/** Announces the whole body, sends half of it and hangs up. */
async function breakOff(url: string, { key }: TestMember, group: string, bytes: Uint8Array): Promise<void> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  await new Promise((done) => socket.once('connect', done));
  socket.write(
    `PUT /v1/groups/${group}/rounds/1/contribution HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${key}\r\n` +
      `content-type: application/octet-stream\r\ncontent-length: ${bytes.length}\r\n` +
      `content-digest: ${formatContentDigest(hash(bytes))}\r\n\r\n`,
  );
  socket.write(bytes.subarray(0, bytes.length / 2));
  await new Promise((done) => setTimeout(done, 50));
  const closed = new Promise((done) => socket.once('close', done));
  socket.destroy();
  await closed;
}
