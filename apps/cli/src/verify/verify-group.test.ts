// A coordinator that counts one contribution in two rounds, each manifest right by itself and signed with the right key: told.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Manifest, manifestForm, manifestHash } from '@colora/protocol/proofs/manifest';
import { countedForm, entryHash } from '@colora/protocol/proofs/manifest-entry';
import { makePrivateKey, openSigner } from '@colora/protocol/proofs/signatures';
import { contributionForm } from '@colora/protocol/proofs/statement';
import { sha256Hex } from '@colora/protocol/sha256';
import type { ProofSource } from './proof-source.ts';
import { verifyGroup } from './verify-group.ts';

const coordinator = openSigner(makePrivateKey())!;
const ann = openSigner(makePrivateKey())!;
const hash = (letter: string) => letter.repeat(64);
const made = { group: 'reviews', groupCreatedAt: new Date(0).toISOString() };
const statement = contributionForm.write({
  ...{ ...made, participant: 'ann', key: ann.publicKey, round: 1, version: 0, checkpoint: hash('a') },
  ...{ kind: 'delta', examples: 1, personalLoss: null, sharedLoss: null, sha256: hash('c'), bytes: 9 },
});
const entryOf = (staleness: number) =>
  countedForm.write({
    ...{ salt: '0'.repeat(32), participant: 'ann', madeFor: 1, statement, signature: ann.sign(statement) },
    ...{ sha256: hash('c'), bytes: 9, version: 0, staleness, examples: 1, weight: 1, norm: 1 },
    ...{ cluster: null, part: null },
  });
const settings = '{}';

/** An uploaded checkpoint, and one round after another that counts what is told. */
function chainOf(...rounds: readonly (string | null)[]): ProofSource {
  const manifests: Manifest[] = [
    {
      ...{ ...made, version: 0, before: null, begins: 'first', made: 'upload', at: made.groupCreatedAt },
      ...{ checkpoint: hash('a'), download: null, optimizer: null, settings: sha256Hex(settings) },
      ...{ base: null, baseCheckpoint: null, baseOptimizer: null, round: null, normLimit: null },
      ...{ needed: null, members: 0, added: [], counted: [], leftOut: [], through: 0 },
    },
  ];
  for (const [at, entry] of rounds.entries()) {
    const last = manifests[at]!;
    manifests.push({
      ...{ ...last, version: at + 1, before: manifestHash(manifestForm.write(last)), begins: null },
      ...{ made: 'round', checkpoint: hash('bd'[at]!), base: at, baseCheckpoint: last.checkpoint },
      ...{ round: at + 1, needed: 1, members: 1, through: at + 1 },
      counted: entry === null ? [] : [entryHash(entry)],
    });
  }
  const gone = async () => ({ why: 'it is not kept' });
  return {
    ...{ group: 'reviews', key: coordinator.publicKey, checkpoint: gone, file: gone },
    async *manifests() {
      for (const manifest of manifests) {
        const text = manifestForm.write(manifest);
        const { version } = manifest;
        yield { version, text, key: coordinator.publicKey, signature: coordinator.sign(text) };
      }
    },
    settings: async () => settings,
    unmasking: async () => null,
    async entries(version) {
      const text = rounds[version - 1];
      return text == null ? [] : [{ list: 'counted', at: 0, text }];
    },
    release: async () => undefined,
  };
}

async function faultsOf(source: ProofSource): Promise<string[]> {
  const faults: string[] = [];
  for await (const report of verifyGroup(source, { key: source.key })) faults.push(...report.faults);
  return faults;
}

test('one contribution counts once, on time or late', async () => {
  assert.deepEqual(await faultsOf(chainOf(entryOf(0), null)), []);
  assert.deepEqual(await faultsOf(chainOf(null, entryOf(1))), []);
  assert.deepEqual(await faultsOf(chainOf(entryOf(0), entryOf(1))), [
    'the contribution of ann for round 1 counted before',
  ]);
});
