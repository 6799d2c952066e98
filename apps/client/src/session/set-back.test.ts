// What a workspace takes for a coordinator that was set back, and what is as usual.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { ApiProblem, createApiClient } from '@colora/protocol/api-client';
import type { Assignment } from '@colora/protocol/entities';
import { manifestForm } from '@colora/protocol/proofs/manifest';
import { issueReceipt } from '@colora/protocol/proofs/receipt';
import { makePrivateKey, openSigner } from '@colora/protocol/proofs/signatures';
import { contributionForm } from '@colora/protocol/proofs/statement';
import { keepReceipt } from '../receipts/receipt-store.ts';
import { groupPaths } from '../workspace/group-workspace.ts';
import { emptyAccount } from '../workspace/own-account.ts';
import type { PersonalState } from '../workspace/personal-store.ts';
import { noticeOtherPast, noticeSetBack } from './set-back.ts';

const folder = mkdtempSync(join(tmpdir(), 'colora-set-back-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const signer = openSigner(makePrivateKey())!;
const sha = (digit: string) => digit.repeat(64);
const statement = contributionForm.write({
  ...{ group: 'g', groupCreatedAt: '2026-01-01T00:00:00.000Z', participant: 'ada', key: null },
  ...{
    round: 5,
    version: 4,
    checkpoint: sha('a'),
    kind: 'delta',
    examples: 1,
    personalLoss: null,
    sharedLoss: null,
  },
  ...{ sha256: sha('c'), bytes: 9 },
});

function assignment(version: number, sha256: string, round: Partial<Assignment['round']> = {}): Assignment {
  const live = { number: 5, version, deadlineAt: '', secondsLeft: 9, normLimit: null, travelling: null };
  return {
    ...{ state: 'running', pausedReason: null, waiting: null, committedRounds: 4, place: null },
    checkpoint: { version, encoding: 'f32', sha256, bytes: 9, createdAt: '' },
    round: { ...live, contributed: false, ...round },
    ...{ clusters: null, rollbacks: [], pollSeconds: 1, spreadSeconds: 0 },
  };
}

/** A workspace that trained round 5 at checkpoint 4, with account of all up to that. */
async function workspace(name: string, acknowledged: boolean) {
  const paths = groupPaths(join(folder, name), 'g');
  if (acknowledged) {
    const receipt = issueReceipt(signer, { statement, round: 5, at: new Date() });
    await keepReceipt(paths.receipts, { statement, signature: signer.sign(statement), receipt });
  }
  const sent = { round: 5, sha256: sha('c'), tensors: new Map() };
  const account = { ...emptyAccount, version: 4, open: [sent] };
  const trained = { round: 5, version: 4, sha256: sha('c'), statement };
  const personal: PersonalState = {
    ...{ personal: new Map() as never, optimizerState: new Map(), residual: new Map(), account },
    rows: { rows: new Map(), from: new Map() },
    mark: { group: 'g', groupCreatedAt: '', trained, personalised: null },
  };
  const said: string[] = [];
  return { paths, personal, account, said, log: (_: string, text: string) => void said.push(text) };
}

test('a round that waits for it is as usual: it contributed, or what it sent was never acknowledged', async () => {
  for (const [acknowledged, contributed] of [
    [true, true],
    [false, false],
  ] as const) {
    const held = await workspace(`usual-${acknowledged}`, acknowledged);
    assert.equal(await noticeSetBack(held, assignment(4, sha('a'), { contributed })), false);
    assert.equal(await noticeSetBack(held, assignment(5, sha('b'), { number: 6 })), false, 'the next round');
    assert.deepEqual(held.said, []);
  }
});

test('an acknowledged contribution that is gone: the round may be trained again, and the account is kept', async () => {
  const held = await workspace('forgotten', true);
  assert.equal(await noticeSetBack(held, assignment(4, sha('a'))), true);
  assert.deepEqual([held.personal.mark.trained, held.account.open, held.account.lost], [null, [], null]);
  assert.equal(await noticeSetBack(held, assignment(4, sha('a'))), false, 'told once');
});

test('a version that went back, and another checkpoint of the same version: nobody can tell its own part any more', async () => {
  for (const [name, told] of [
    ['behind', assignment(2, sha('9'))],
    ['other', assignment(4, sha('b'))],
  ] as const) {
    const held = await workspace(name, true);
    assert.equal(await noticeSetBack(held, told), true, name);
    assert.match(held.account.lost ?? '', /set back/);
    assert.match(held.said[0]!, /its database was set back/);
    assert.equal(await noticeSetBack(held, told), false);
  }
});

test('a signature is refused: of a checkpoint that is another one there now, the coordinator was set back; of the same one not', async () => {
  const manifestOf = (checkpoint: string) =>
    manifestForm.write({
      ...{
        group: 'g',
        groupCreatedAt: '2026-01-01T00:00:00.000Z',
        version: 4,
        at: '2026-01-01T00:00:00.000Z',
      },
      ...{ before: sha('0'), begins: null, made: 'round', checkpoint, download: null, optimizer: null },
      ...{ settings: sha('0'), base: 3, baseCheckpoint: sha('0'), baseOptimizer: null, round: 4 },
      ...{ normLimit: null, needed: 1, members: 1, added: [], counted: [], leftOut: [], through: 4 },
    });
  const refusal = (code: 'wrong-signature' | 'not-finite') =>
    new ApiProblem({ type: 'about:blank', title: '', status: 422, detail: '', code }, null);
  let text: string | null = null;
  const server = createServer((_, answer) => {
    const problem = {
      type: 'about:blank',
      code: 'unknown-checkpoint',
      title: 'No such checkpoint',
      status: 404,
      detail: 'none',
    };
    const signed = { version: 4, text, key: sha('1'), signature: sha('2').repeat(2), settings: '{}' };
    answer.writeHead(text === null ? 404 : 200, {
      'content-type': text === null ? 'application/problem+json' : 'application/json',
    });
    answer.end(JSON.stringify(text === null ? problem : signed));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const api = createApiClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, () => null);
  try {
    const held = { ...(await workspace('refused', false)), api, group: { name: 'g' } as never };
    for (const told of [null, manifestOf(sha('a'))]) {
      text = told;
      assert.equal(await noticeOtherPast(held, refusal('wrong-signature')), false);
      assert.notEqual(held.personal.mark.trained, null);
    }
    text = manifestOf(sha('b'));
    assert.equal(await noticeOtherPast(held, refusal('not-finite')), false);
    assert.equal(await noticeOtherPast(held, refusal('wrong-signature')), true);
    assert.match(held.said[0]!, /has another checkpoint 4 than it had: its database was set back/);
    assert.deepEqual([held.personal.mark.trained, held.account.lost !== null], [null, true]);
  } finally {
    server.close();
  }
});
