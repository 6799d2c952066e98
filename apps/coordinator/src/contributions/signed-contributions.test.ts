// Who has told a signing key is heard only with signatures under what is sent: nobody else with the API key, no signature of
// another round, group or person, no byte changed. And what is accepted has a receipt, the same at every coordinator and time.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiProblem, createApiClient } from '@colora/protocol/api-client';
import { encodeContributionMetadata } from '@colora/protocol/contribution';
import type { Acknowledgement } from '@colora/protocol/entities';
import type { ProblemCode } from '@colora/protocol/problem-table';
import { receiptFault } from '@colora/protocol/proofs/receipt';
import {
  isSignedBy,
  makePrivateKey,
  openSigner,
  type Signer,
  signatureHeader,
} from '@colora/protocol/proofs/signatures';
import { type ContributionStatement, contributionForm } from '@colora/protocol/proofs/statement';
import { encode } from '@colora/tensors/safetensors/safetensors';
import { openDatabase } from '../database/open-database.ts';
import { createReceiptSigner } from '../keys/receipt-signer.ts';
import { onOneDatabase } from '../testing/databases.ts';
import { adminKey, hash, joinAs, makeGroup, type TestMember, tensors } from '../testing/group.ts';
import { useCoordinator } from '../testing/use-coordinator.ts';

const newSigner = () => openSigner(makePrivateKey()) as Signer;
const update = tensors({ 'x.shared.A': [1, 1] });
/** Rounds of one member. */
const alone = { rounds: { participants: 1 } };

const refusal = (code: ProblemCode, text?: RegExp) => (error: unknown) => {
  assert.ok(error instanceof ApiProblem, String(error));
  assert.equal(error.problem.code, code);
  if (text !== undefined) assert.match(error.problem.detail, text);
  return true;
};

onOneDatabase('signed contributions', (database) => {
  const coordinator = useCoordinator(database);
  let groups = 0;

  /** Ada with her key in a group whose round 1 collects; what she sends there, and what she says of it. */
  async function makeAda(group = `group-${++groups}`, name = `ada-${groups}`) {
    const admin = await makeGroup(coordinator.url, { name: group, settings: alone });
    const ada = await joinAs(coordinator.url, name, group);
    const signer = newSigner();
    const { signingKey } = await tellKey(ada, group, signer);
    assert.equal(signingKey, signer.publicKey);
    return { admin, ada, signer, group, name, ...(await atRound(ada, signer)) };
  }

  const tellKey = ({ api }: TestMember, group: string, { publicKey: signingKey }: Signer) =>
    api.call('joinGroup', { params: { group }, body: { signingKey } });

  async function atRound(ada: TestMember, signer: Signer) {
    const { round, checkpoint } = await ada.until('a round', (now) => now.round !== null);
    const { group: asked } = await ada.api.call('joinGroup', {
      params: { group: `group-${groups}` },
      body: {},
    });
    const claims = { kind: 'delta', version: round!.version, round: round!.number, examples: 4 } as const;
    const bytes = encode(update, {
      metadata: encodeContributionMetadata({ ...claims, sharedLoss: 0.1 + 0.2 }),
    });
    const statement: ContributionStatement = {
      ...{ group: asked.name, groupCreatedAt: asked.createdAt, participant: ada.name, key: signer.publicKey },
      ...{ ...claims, checkpoint: checkpoint!.sha256, personalLoss: null, sharedLoss: 0.1 + 0.2 },
      ...{ sha256: hash(bytes), bytes: bytes.length },
    };
    return { bytes, statement };
  }

  const send = (
    { api }: TestMember,
    { group, round }: ContributionStatement,
    bytes: Uint8Array,
    signature: string | null,
  ): Promise<Acknowledgement> =>
    api.call('putContribution', {
      params: { group, round },
      bytes,
      sha256: hash(bytes),
      headers: signature === null ? {} : { [signatureHeader]: signature },
    });

  test('what is signed as it is counts, and is told so with a receipt that holds, again and again', async () => {
    const { ada, signer, statement, bytes } = await makeAda();
    const text = contributionForm.write(statement);
    const answer = await send(ada, statement, bytes, signer.sign(text));
    const { key } = await createApiClient(coordinator.url, () => null).call('showCoordinatorKey', {});
    assert.ok(answer.receipt !== null);
    assert.equal(receiptFault(answer.receipt, { statement: text, key }), null);
    assert.equal(answer.receipt.round, answer.round);
    assert.deepEqual(await send(ada, statement, bytes, signer.sign(text)), { ...answer, repeated: true });
    // who only repeats learns what its first word got, whatever stands beside it
    assert.deepEqual(await send(ada, statement, bytes, null), { ...answer, repeated: true });
    await ada.until('the next round', ({ round }) => round?.number === 2);
    assert.deepEqual((await send(ada, statement, bytes, signer.sign(text))).receipt, answer.receipt);
  });

  test('any other word about it is refused, with a code of its own, and told to operators', async () => {
    const { ada, admin, signer, statement, bytes, group, name } = await makeAda();
    const signed = (change: Partial<ContributionStatement>, by = signer) =>
      by.sign(contributionForm.write({ ...statement, ...change }));
    const foreign = newSigner();
    const right = signed({});
    const flipped = (at: number) =>
      right.slice(0, at) + (right[at] === '0' ? '1' : '0') + right.slice(at + 1);
    const wrong: Record<string, string | null> = {
      'no signature': null,
      'a signature that is none': 'ab',
      'another round’s': signed({ round: statement.round + 1 }),
      'another checkpoint’s': signed({ checkpoint: hash(new Uint8Array(1)) }),
      'another version’s': signed({ version: 7 }),
      'another group’s': signed({ group: 'elsewhere' }),
      'that of a group of this name at another time': signed({ groupCreatedAt: new Date(0).toISOString() }),
      'another person’s name': signed({ participant: 'bob' }),
      'other counts': signed({ examples: 5 }),
      'another loss': signed({ sharedLoss: 0.3 }),
      'other bytes': signed({ sha256: hash(new Uint8Array(2)) }),
      'of another length': signed({ bytes: bytes.length + 1 }),
      'a key that nobody told': signed({ key: foreign.publicKey }, foreign),
      'a key that nobody told, in ada’s name': signed({}, foreign),
      'one digit of R changed': flipped(3),
      'one digit of S changed': flipped(70),
      'in capitals': `${right.toUpperCase()}`,
    };
    for (const [what, signature] of Object.entries(wrong))
      await assert.rejects(send(ada, statement, bytes, signature), refusal('wrong-signature'), what);
    const events = await admin.call('listEvents', {
      params: { group },
      query: { kind: 'contribution-refused' },
    });
    assert.equal(events.total, Object.keys(wrong).length);
    assert.deepEqual(new Set(events.items.map(({ detail }) => detail.code)), new Set(['wrong-signature']));
    const kept = JSON.stringify(events.items.map(({ detail }) => detail));
    assert.ok(!kept.includes(name), 'the trail, which nobody is taken out of, has nobody’s name');
    assert.equal((await send(ada, statement, bytes, right)).repeated, false);
  });

  test('bytes that somebody changed on the way don’t pass with the signature of what was sent', async () => {
    const { ada, signer, statement, bytes } = await makeAda();
    const changed = Uint8Array.from(bytes);
    changed[changed.length - 1]! ^= 1;
    const signature = signer.sign(contributionForm.write(statement));
    await assert.rejects(send(ada, statement, changed, signature), refusal('wrong-signature'));
  });

  test('the first key that is told is taken; another only after an admin let it go', async () => {
    const { ada, admin, signer, group, name, statement, bytes } = await makeAda();
    const thief = newSigner();
    await assert.rejects(
      tellKey(ada, group, thief),
      refusal('other-signing-key', new RegExp(signer.publicKey)),
    );
    const check = { params: { group }, body: { check: true, signingKey: thief.publicKey } };
    await assert.rejects(ada.api.call('joinGroup', check), refusal('other-signing-key'));
    assert.equal((await tellKey(ada, group, signer)).signingKey, signer.publicKey);
    const reset = { params: { participant: name } };
    await assert.rejects(ada.api.call('resetSigningKey', reset), refusal('wrong-role'));
    const unknown = { params: { participant: 'nobody' } };
    await assert.rejects(admin.call('resetSigningKey', unknown), refusal('unknown-participant'));
    assert.equal((await admin.call('resetSigningKey', reset)).forgotten, signer.publicKey);
    assert.equal((await tellKey(ada, group, thief)).signingKey, thief.publicKey);
    const old = signer.sign(contributionForm.write(statement));
    await assert.rejects(send(ada, statement, bytes, old), refusal('wrong-signature'));
    const said = contributionForm.write({ ...statement, key: thief.publicKey });
    await send(ada, statement, bytes, thief.sign(said));
  });

  test('a check takes no key, and keys that anybody can sign for are no keys', async () => {
    const name = 'unsigned';
    await makeGroup(coordinator.url, { name, settings: alone });
    const { api } = await joinAs(coordinator.url, 'uma', name);
    const join = (body: { check?: boolean; signingKey?: string }) =>
      api.call('joinGroup', { params: { group: name }, body });
    await join({ check: true, signingKey: newSigner().publicKey });
    assert.equal((await join({})).signingKey, null);
    const one = `01${'0'.repeat(62)}`;
    for (const signingKey of [one, '0'.repeat(64), newSigner().publicKey.toUpperCase(), 'ab'])
      await assert.rejects(join({ signingKey }), refusal('invalid-request'), signingKey);
  });

  test('who never told a key signs nothing, has a receipt all the same, and no signature helps', async () => {
    const name = 'keyless';
    await makeGroup(coordinator.url, { name, settings: alone });
    const uma = await joinAs(coordinator.url, 'una', name);
    const { round, checkpoint } = await uma.until('a round', (now) => now.round !== null);
    const { group } = await uma.api.call('joinGroup', { params: { group: name }, body: {} });
    const claims = { kind: 'delta', version: 0, round: round!.number, examples: 1 } as const;
    const bytes = encode(update, { metadata: encodeContributionMetadata(claims) });
    const statement: ContributionStatement = {
      ...{ group: name, groupCreatedAt: group.createdAt, participant: 'una', key: null, ...claims },
      ...{ checkpoint: checkpoint!.sha256, personalLoss: null, sharedLoss: null },
      ...{ sha256: hash(bytes), bytes: bytes.length },
    };
    const text = contributionForm.write(statement);
    await assert.rejects(
      send(uma, statement, bytes, newSigner().sign(text)),
      refusal('wrong-signature', /no key of yours/),
    );
    const { receipt } = await send(uma, statement, bytes, null);
    const { key } = await createApiClient(coordinator.url, () => null).call('showCoordinatorKey', {});
    assert.equal(receipt === null ? 'none' : receiptFault(receipt, { statement: text, key }), null);
  });

  test('no answer, page of the API or list holds a private key', async () => {
    const admin = createApiClient(coordinator.url, () => adminKey);
    const answers = [await admin.call('showCoordinatorKey', {}), await admin.call('listParticipants', {})];
    const pages = await Promise.all(
      ['/openapi.json', '/health'].map(async (page) => (await fetch(coordinator.url + page)).text()),
    );
    // of a PKCS #8 Ed25519 key in base64
    for (const text of [...pages, JSON.stringify(answers)]) assert.ok(!text.includes('MC4CAQAwBQYDK2Vw'));
  });
});

onOneDatabase('what receipts are signed with', (database) => {
  test('is made once, whoever asks first, and stays', async () => {
    const options = await database.create();
    const { client: db, close } = await openDatabase(options);
    try {
      const signers = await Promise.all([1, 2, 3].map(() => createReceiptSigner(db)()));
      const keys = new Set(signers.map(({ publicKey }) => publicKey));
      assert.equal(keys.size, 1);
      const [{ publicKey, sign }] = signers as [Signer];
      assert.equal(isSignedBy(publicKey, 'text', sign('text')), true);
      await db.coordinatorKey.updateMany({ data: { privateKey: 'MC4CAQ==' } });
      await assert.rejects(createReceiptSigner(db)(), (error: Error) => {
        assert.match(error.message, /CoordinatorKey/);
        return !error.message.includes('MC4CAQ');
      });
    } finally {
      await close();
    }
  });
});
