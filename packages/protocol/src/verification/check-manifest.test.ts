// A chain of manifests by a coordinator that signs what isn't so: with the right key under every text, it is still found wherever
// two of its words don't fit together. And one text stands for one value of JSON, whatever order its keys came in.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { canonicalJson } from '../proofs/canonical-json.ts';
import { type Manifest, manifestForm, manifestHash } from '../proofs/manifest.ts';
import { type CountedEntry, countedForm, entryHash, leftOutForm } from '../proofs/manifest-entry.ts';
import { issueReceipt } from '../proofs/receipt.ts';
import { makePrivateKey, openSigner } from '../proofs/signatures.ts';
import { contributionForm } from '../proofs/statement.ts';
import { lineFaults, readEntries, readManifest, trainedAtFaults } from './check-manifest.ts';
import { checkReceipt } from './check-receipts.ts';

const coordinator = openSigner(makePrivateKey())!;
const ann = openSigner(makePrivateKey())!;
const hash = (letter: string) => letter.repeat(64);
const made = { group: 'reviews', groupCreatedAt: new Date(0).toISOString() };
const settings = { aggregation: { weighting: 'examples', exampleCap: 10 } } as never;

const statement = (change: object = {}) =>
  contributionForm.write({
    ...{ ...made, participant: 'ann', key: ann.publicKey, round: 1, version: 0, checkpoint: hash('a') },
    ...{ kind: 'delta', examples: 4, personalLoss: null, sharedLoss: null, sha256: hash('c'), bytes: 9 },
    ...change,
  });

function counted(change: Partial<CountedEntry> = {}): string {
  const signed = statement();
  return countedForm.write({
    ...{
      salt: '0'.repeat(32),
      participant: 'ann',
      madeFor: 1,
      statement: signed,
      signature: ann.sign(signed),
    },
    ...{ sha256: hash('c'), bytes: 9, version: 0, staleness: 0, examples: 4, weight: 4, norm: 1 },
    ...{ cluster: null, part: null },
    ...change,
  });
}

const uploaded: Manifest = {
  ...{ ...made, version: 0, before: null, begins: 'first', made: 'upload', at: made.groupCreatedAt },
  ...{ checkpoint: hash('a'), download: null, optimizer: null, settings: hash('5') },
  ...{ base: null, baseCheckpoint: null, baseOptimizer: null, round: null, normLimit: null },
  ...{ needed: null, members: 0 },
  ...{ added: [], counted: [], leftOut: [], through: 0 },
};

const first: Manifest = {
  ...{
    ...uploaded,
    version: 1,
    before: manifestHash(manifestForm.write(uploaded)),
    begins: null,
    made: 'round',
  },
  ...{
    checkpoint: hash('b'),
    base: 0,
    baseCheckpoint: hash('a'),
    round: 1,
    needed: 1,
    members: 1,
    through: 1,
  },
  counted: [entryHash(counted())],
};

const linkOf = (manifest: Manifest) => ({ text: manifestForm.write(manifest), manifest });
const chainOf = (...manifests: Manifest[]) => new Map(manifests.map((one) => [one.version, linkOf(one)]));
const told = (manifest: Manifest, ...before: Manifest[]) =>
  lineFaults(linkOf(manifest), chainOf(...before)).join();

test('the line from each manifest to the one before: none missing, none exchanged, no second beginning', () => {
  assert.equal(told(uploaded), '');
  assert.equal(told(first, uploaded), '');
  const second = { ...first, version: 2, before: manifestHash(manifestForm.write(first)), base: 1 };
  const next = { ...second, baseCheckpoint: hash('b'), round: 2, through: 2 };
  assert.equal(told(next, uploaded, first), '');
  assert.match(told(next, uploaded), /manifest of checkpoint 1 is missing/);
  assert.match(told(next), /manifests before it are missing/);
  assert.match(told({ ...first, before: hash('0') }, uploaded), /does not name the one of checkpoint 0/);
  assert.match(told({ ...first, before: null, begins: 'upgrade' }, uploaded), /does not name/);
  assert.equal(told({ ...first, before: null, begins: 'upgrade' }), '');
  assert.match(told({ ...first, group: 'others' }, uploaded), /of another group/);
  assert.match(told({ ...first, baseCheckpoint: hash('f') }, uploaded), /calls checkpoint 0/);
  assert.match(told({ ...next, base: 0 }, uploaded, first), /came of checkpoint 0/);
  assert.match(told({ ...next, through: 0 }, uploaded, first), /goes back/);
  const back: Manifest = {
    ...next,
    made: 'rollback',
    base: 0,
    round: null,
    counted: [],
    baseCheckpoint: hash('a'),
  };
  assert.equal(told({ ...back, checkpoint: hash('a') }, uploaded, first), '');
  assert.match(told(back, uploaded, first), /put back is not checkpoint 0/);
});

test('a manifest is held to its key, its form and its version', () => {
  const text = manifestForm.write(first);
  const signed = { version: 1, text, key: coordinator.publicKey, signature: coordinator.sign(text) };
  const faults = (change: object) =>
    readManifest({ ...signed, ...change }, coordinator.publicKey).faults.join();
  assert.equal(faults({}), '');
  assert.match(faults({ key: ann.publicKey }), /signed with the key/);
  assert.match(faults({ signature: ann.sign(text) }), /signature does not hold/);
  assert.match(faults({ version: 2 }), /says version 1/);
  assert.match(faults({ text: text.replace('[', '[ ') }), /not in the form/);
});

test('what counted is what its sender signed, as often, as late and as much as it should', () => {
  const faults = (...texts: string[]) => {
    const manifest = { ...first, counted: texts.map(entryHash) };
    const entries = texts.map((text, at) => ({ list: 'counted' as const, at, text }));
    return readEntries(manifest, settings, entries).faults.join();
  };
  assert.equal(faults(counted()), '');
  const unsigned = statement({ key: null });
  assert.equal(faults(counted({ statement: unsigned, signature: null })), '');
  assert.match(faults(counted({ weight: 10 })), /counted 10, and by the settings it is 4/);
  assert.match(faults(counted({ staleness: 1 })), /not as late/);
  assert.match(faults(counted({ madeFor: 2 })), /not as late/);
  assert.match(faults(counted({ sha256: hash('d') })), /signed something else/);
  assert.match(faults(counted({ examples: 5, weight: 5 })), /signed something else/);
  assert.match(faults(counted({ participant: 'bob' })), /signed something else/);
  assert.match(faults(counted({ signature: null })), /signature does not hold/);
  assert.match(faults(counted({ signature: coordinator.sign(statement()) })), /signature does not hold/);
  const other = statement({ group: 'others' });
  assert.match(faults(counted({ statement: other, signature: ann.sign(other) })), /signed something else/);
  assert.match(faults(counted(), counted({ salt: '1'.repeat(32) })), /counted more than once/);
  const { counted: read } = readEntries(first, settings, [{ list: 'counted', at: 0, text: counted() }]);
  assert.deepEqual(trainedAtFaults({ counted: read }, chainOf(uploaded)), []);
  const elsewhere = chainOf({ ...uploaded, download: hash('e') });
  assert.match(
    trainedAtFaults({ counted: read }, elsewhere).join(),
    /another checkpoint 0 than the manifests/,
  );
  const [entry] = [{ list: 'counted' as const, at: 0, text: counted({ norm: 2 }) }];
  assert.match(readEntries(first, settings, [entry]).faults.join(), /not the one that the manifest names/);
});

test('a receipt is found where it says, left out with a reason, not yet told of, or nowhere', () => {
  const key = coordinator.publicKey;
  const held = (round: number) => {
    const receipt = issueReceipt(coordinator, { statement: statement(), round, at: new Date(0) });
    return { statement: statement(), signature: ann.sign(statement()), receipt };
  };
  const entriesOf = (manifest: Manifest, texts: [list: 'counted' | 'leftOut', text: string][]) => ({
    manifest: { ...manifest, ...Object.fromEntries(texts.map(([list, text]) => [list, [entryHash(text)]])) },
    texts: texts.map(([list, text]) => ({ list, at: 0, text })),
  });
  const check = (
    round: number,
    texts: [list: 'counted' | 'leftOut', text: string][],
    change: object = {},
  ) => {
    const { manifest, texts: entries } = entriesOf({ ...first, counted: [], ...change }, texts);
    return checkReceipt(held(round), key, [{ manifest, entries: readEntries(manifest, null, entries) }]);
  };
  assert.deepEqual(check(1, [['counted', counted()]]), { round: 1, found: 'counted', why: null });
  assert.match(check(2, [['counted', counted()]]).why ?? '', /accepted for round 2, and counted in round 1/);
  assert.match(check(1, []).why ?? '', /no manifest counts it or says why/);
  assert.equal(check(2, []).found, 'not yet');
  assert.equal(check(1, [], { begins: 'upgrade', before: null, through: 2 }).found, 'before the chain');
  const dropped = leftOutForm.write({
    ...{ salt: '0'.repeat(32), participant: 'ann', madeFor: 1, statement: statement(), times: 1 },
    ...{ signature: ann.sign(statement()), sha256: hash('c'), reason: 'cancelled' },
  });
  assert.deepEqual(check(1, [['leftOut', dropped]]), { round: 1, found: 'left out', why: 'cancelled' });
  const forged = { ...held(1), signature: coordinator.sign(statement()) };
  assert.match(checkReceipt(forged, key, []).why ?? '', /signature that was sent with it/);
});

test('canonical JSON: the same value has one text, whatever order its keys came in', () => {
  assert.equal(
    canonicalJson({ b: [1, { d: null, c: 1e21 }], a: 'é' }),
    '{"a":"é","b":[1,{"c":1e+21,"d":null}]}',
  );
  const shuffled = (value: unknown): unknown =>
    typeof value !== 'object' || value === null
      ? value
      : Array.isArray(value)
        ? value.map(shuffled)
        : Object.fromEntries(
            Object.entries(value)
              .reverse()
              .map(([name, held]) => [name, shuffled(held)]),
          );
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      assert.equal(canonicalJson(shuffled(value)), canonicalJson(value));
    }),
  );
});
