// A member's contributions are hers, and what became of them can be shown: they are signed with a key that never leaves her
// workspace, the coordinator's receipts are held to the key that it was first met with and are kept, and whoever comes with another
// key, on either side, is told so before anything else happens.
import assert from 'node:assert/strict';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { runClient } from '@colora/client/daemon';
import { readReceipts } from '@colora/client/receipts/receipt-store';
import type { ClientOptions } from '@colora/client/session/client-options';
import { groupPaths } from '@colora/client/workspace/group-workspace';
import { keepIdentity } from '@colora/client/workspace/identity';
import type { Acknowledgement } from '@colora/protocol/entities';
import { receiptFault } from '@colora/protocol/proofs/receipt';
import { isSignedBy, makePrivateKey, openSigner } from '@colora/protocol/proofs/signatures';
import { contributionForm } from '@colora/protocol/proofs/statement';
import { openGate } from '../support/gate.ts';
import { useMembers } from '../support/members.ts';
import { makeGroup, useSystem } from '../support/system.ts';

const system = useSystem();
const members = useMembers(system);

const alone = (group: string, count = 1) => makeGroup(system, group, { rounds: { count, participants: 1 } });
const receiptsOf = ({ workspace, group }: ClientOptions) =>
  readReceipts(groupPaths(workspace, group).receipts);
const keyFile = ({ workspace }: ClientOptions) => join(workspace, 'key.json');
const keysOf = async (options: ClientOptions) => JSON.parse(await readFile(keyFile(options), 'utf8'));
const other = openSigner(makePrivateKey())!;

async function textsIn(folder: string): Promise<[path: string, text: string][]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
  return await Promise.all(
    paths.map(async (path) => [path, await readFile(path, 'latin1')] as [string, string]),
  );
}

test('every contribution is signed and has its receipt in the workspace; the private key is in one file, and in no log', async () => {
  await alone('signed', 2);
  const said: string[] = [];
  const log: ClientOptions['log'] = (line) => void said.push(JSON.stringify(line));
  const anna = members.options('signed', 'anna', { name: 'anna', log });
  assert.equal((await runClient(anna)).rounds, 2);
  const { signingKey, coordinatorKey } = await keysOf(anna);
  const { publicKey } = openSigner(signingKey)!;
  const receipts = await receiptsOf(anna);
  const statements = receipts.map(({ statement }) => contributionForm.read(statement)!);
  assert.deepEqual(
    statements.map(({ participant, group, round, version, key }) => [
      participant,
      group,
      round,
      version,
      key,
    ]),
    [1, 2].map((round) => ['anna', 'signed', round, round - 1, publicKey]),
  );
  for (const { statement, signature, receipt } of receipts) {
    assert.ok(isSignedBy(publicKey, statement, signature));
    assert.equal(receiptFault(receipt, { statement, key: coordinatorKey }), null);
  }
  const { contributionList } = await system.admin.call('showRound', {
    params: { group: 'signed', round: 2 },
  });
  assert.equal(statements[1]?.sha256, contributionList[0]?.sha256);
  const secret = Buffer.from(signingKey, 'base64').subarray(-32);
  const forms = [
    signingKey,
    secret.toString('hex'),
    secret.toString('base64').slice(0, 42),
    secret.toString('latin1'),
  ];
  const holds = (text: string) => forms.some((form) => text.includes(form));
  const holders = (await textsIn(anna.workspace)).filter(([, text]) => holds(text)).map(([path]) => path);
  assert.deepEqual(holders, [keyFile(anna)]);
  assert.ok(!said.some(holds));
  if (process.platform !== 'win32')
    for (const path of [keyFile(anna), groupPaths(anna.workspace, 'signed').receipts])
      assert.equal((await stat(path)).mode & 0o777, 0o600);
});

test('a workspace stays its participant’s: another name is told to need another one, the same is not', async () => {
  await alone('named');
  const said: string[] = [];
  const log: ClientOptions['log'] = (line) => void said.push(JSON.stringify(line));
  const anna = members.options('named', 'anna', { name: 'anna', log });
  await runClient(anna);
  await runClient(anna);
  const told = () => said.filter((line) => line.includes('name another workspace'));
  assert.deepEqual(told(), []);
  await runClient({ ...anna, name: 'zoe' });
  assert.equal(told().length, 1);
  assert.match(told()[0]!, /this workspace is anna's and stays so, not zoe's/);
});

test('killed between the acknowledgement and its receipt, a daemon asks again and keeps the same one, once', async () => {
  await alone('killed');
  const anna = members.options('killed', 'ann', { socket: false });
  const killed = new AbortController();
  let first: Acknowledgement | undefined;
  const gate = await openGate(system.url, ({ line, way, body }) => {
    if (way === 'in' || !line.startsWith('PUT') || !line.includes('/contribution')) return;
    first = JSON.parse(Buffer.from(body).toString());
    killed.abort();
    return new Promise(() => undefined); // it dies before it hears
  });
  await runClient({ ...anna, url: gate.url, signal: killed.signal });
  await gate.close();
  assert.ok(first?.receipt);
  assert.deepEqual(await receiptsOf(anna), []);
  const again = { ...anna, key: (await keysOf(anna)).key };
  await runClient(again);
  await runClient(again);
  assert.deepEqual(
    (await receiptsOf(anna)).map(({ receipt }) => receipt),
    [first.receipt],
  );
});

test('a coordinator with another key is refused with what to do, and taken where its operator’s word is given', async () => {
  await alone('moved', 2);
  const anna = members.options('moved', 'ana', { socket: false });
  const { key } = await system.admin.call('showCoordinatorKey', {});
  const wrong = { ...anna, coordinatorKey: other.publicKey };
  await assert.rejects(runClient(wrong), {
    code: 'untrusted-coordinator',
    message: new RegExp(`signs with the key ${key}`),
  });
  await assert.rejects(stat(keyFile(anna)), { code: 'ENOENT' }); // nobody was enrolled
  await runClient({ ...anna, coordinatorKey: key });
  const kept = await keysOf(anna);
  assert.equal(kept.coordinatorKey, key);
  await writeFile(keyFile(anna), JSON.stringify({ ...kept, coordinatorKey: other.publicKey }));
  await assert.rejects(runClient(anna), {
    code: 'untrusted-coordinator',
    message: new RegExp(`another key than when this workspace first joined: ${key}.*--coordinator-key`),
  });
  await runClient({ ...anna, coordinatorKey: key });
  assert.equal((await keysOf(anna)).coordinatorKey, key);
});

test('an answer without a receipt that holds ends the daemon, and the contribution stays in the outbox', async () => {
  await alone('unreceipted');
  const anna = members.options('unreceipted', 'eva', { socket: false });
  const gate = await openGate(system.url, ({ line, way, body }) => {
    if (way === 'in' || !line.startsWith('PUT') || !line.includes('/contribution')) return;
    const at = Buffer.from(body).lastIndexOf('"signature":"') + 20;
    body[at] = body[at] === 0x30 ? 0x31 : 0x30; // one digit of it
  });
  const throughGate = { ...anna, url: gate.url };
  await assert.rejects(runClient(throughGate), {
    code: 'untrusted-coordinator',
    message: /round 1.*signature does not hold/,
  });
  await gate.close();
  assert.equal((await readdir(groupPaths(anna.workspace, 'unreceipted').outbox)).length, 1);
  assert.deepEqual(await receiptsOf(anna), []);
  await runClient({ ...anna, key: (await keysOf(anna)).key });
  assert.equal((await receiptsOf(anna)).length, 1);
});

test('a workspace of before there were keys tells one when it joins again, and daemons that do so together tell the same', async () => {
  for (const group of ['old-one', 'old-two']) await alone(group);
  const { key } = await system.admin.call('createKey', { body: { role: 'participant', name: 'olga' } });
  const workspace = join(system.folder, 'olga');
  const olga = (group: string) => members.options(group, 'olga', { workspace });
  await keepIdentity(workspace, { url: system.url, participant: 'olga', key });
  const outcomes = await Promise.all(['old-one', 'old-two'].map((group) => runClient(olga(group))));
  assert.deepEqual(
    outcomes.map(({ rounds }) => rounds),
    [1, 1],
  );
  const { signingKey } = await keysOf(olga('old-one'));
  const { publicKey } = openSigner(signingKey)!;
  for (const group of ['old-one', 'old-two']) {
    const [kept] = await receiptsOf(olga(group));
    assert.equal(contributionForm.read(kept!.statement)?.key, publicKey);
  }
  // the API key alone, on another machine, is not she
  const thief = members.options('old-one', 'thief', { key });
  await assert.rejects(runClient(thief), {
    code: 'workspace-mismatch',
    message: /olga signs with the key .*reset-signing-key olga/,
  });
  await assert.rejects(stat(keyFile(thief)), { code: 'ENOENT' });
});
