// What a signature stands for: one text for one statement, one byte changed anywhere is refused, nothing signed for one purpose,
// group, round or person passes for another, and no key that anybody could sign for is taken.
import assert from 'node:assert/strict';
import { createPublicKey, diffieHellman, generateKeyPairSync, verify } from 'node:crypto';
import { test } from 'node:test';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { agreementKeySchema, publicKeySchema } from './public-key.ts';
import { issueReceipt, receiptFault } from './receipt.ts';
import { isSignedBy, makePrivateKey, openSigner, type Signer } from './signatures.ts';
import { type ContributionStatement, contributionForm } from './statement.ts';

const signer = openSigner(makePrivateKey()) as Signer;
const other = openSigner(makePrivateKey()) as Signer;

const isKey = (key: string) => publicKeySchema.safeParse(key).success;

const hex = (bytes: number) =>
  fc.uint8Array({ minLength: bytes, maxLength: bytes }).map((data) => Buffer.from(data).toString('hex'));
const whole = (min: number) => fc.integer({ min, max: 2_147_483_647 });
const name = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
  .filter((text) => !/[\p{Cc}\p{Cs}]/u.test(text));
const loss = fc.option(fc.double({ min: 0, max: 1e6, noNaN: true }).map(Math.abs));
const instant = fc
  .date({ min: new Date('1970-01-01'), max: new Date('9999-01-01'), noInvalidDate: true })
  .map((date) => date.toISOString());
const statement: fc.Arbitrary<ContributionStatement> = fc.record(
  {
    group: name,
    groupCreatedAt: instant,
    participant: name,
    key: fc.constantFrom(signer.publicKey, other.publicKey, null),
    round: whole(1),
    version: whole(0),
    checkpoint: hex(32),
    kind: fc.constantFrom('delta' as const, 'gradient' as const),
    examples: whole(1),
    personalLoss: loss,
    sharedLoss: loss,
    sha256: hex(32),
    bytes: whole(0),
  },
  { noNullPrototype: true },
);

test('a statement is read back as it was written, from its own text alone', () => {
  fc.assert(
    fc.property(statement, (said) => {
      const text = contributionForm.write(said);
      assert.deepEqual(contributionForm.read(text), said);
      for (const variant of [
        `${text} `,
        text.replace('[', '[ '),
        text.replace('v1', 'v2'),
        text.slice(0, -1),
      ])
        assert.equal(contributionForm.read(variant), null);
    }),
  );
});

test('no two statements have one text', () => {
  fc.assert(
    fc.property(
      statement,
      statement,
      fc.constantFrom(...(Object.keys(statementKeys) as Field[])),
      (one, two, field) => {
        const mixed = { ...one, [field]: two[field] };
        const same = contributionForm.write(one) === contributionForm.write(mixed);
        assert.equal(same, one[field] === two[field]);
      },
    ),
  );
});

type Field = keyof ContributionStatement;
const statementKeys = contributionForm.read(
  contributionForm.write(fc.sample(statement, 1)[0] as ContributionStatement),
) as ContributionStatement;

test('one bit changed anywhere, in statement, signature or key, and it is not signed', () => {
  fc.assert(
    fc.property(statement, fc.nat(), fc.constantFrom(1, 2, 4, 8, 16, 32, 64, 128), (said, at, bit) => {
      const text = contributionForm.write(said);
      const signature = signer.sign(text);
      assert.equal(isSignedBy(signer.publicKey, text, signature), true);
      const flipped = (bytes: Buffer) => {
        const changed = Buffer.from(bytes);
        changed[at % changed.length]! ^= bit;
        return changed;
      };
      const otherText = flipped(Buffer.from(text));
      assert.equal(isSignedBy(signer.publicKey, otherText.toString('utf8'), signature), false);
      const otherSignature = flipped(Buffer.from(signature, 'hex')).toString('hex');
      assert.equal(isSignedBy(signer.publicKey, text, otherSignature), false);
      const otherKey = flipped(Buffer.from(signer.publicKey, 'hex')).toString('hex');
      assert.equal(isSignedBy(otherKey, text, signature), false);
    }),
  );
});

test('a signature has one spelling: no capitals, no more bytes, no S plus the order of the curve', () => {
  const text = contributionForm.write(statementKeys);
  const signature = signer.sign(text);
  const order = 2n ** 252n + 27742317777372353535851937790883648493n;
  const s = BigInt(`0x${Buffer.from(signature.slice(64), 'hex').reverse().toString('hex')}`);
  const second = Buffer.from((s + order).toString(16).padStart(64, '0'), 'hex')
    .reverse()
    .toString('hex');
  for (const variant of [
    signature.toUpperCase(),
    `${signature}00`,
    ` ${signature}`,
    signature.slice(0, 64) + second,
    '',
  ])
    assert.equal(isSignedBy(signer.publicKey, text, variant), false, variant);
});

test('keys for which anybody can sign are none: small orders, second spellings, points beside the curve', () => {
  const little = (y: bigint, sign = 0) => {
    const bytes = Buffer.from(y.toString(16).padStart(64, '0'), 'hex').reverse();
    bytes[31]! |= sign << 7;
    return bytes.toString('hex');
  };
  const prime = 2n ** 255n - 19n;
  const eighth = 2707385501144840649318225287225658788936804267575313519463743609750303402022n;
  const orders = [0n, 1n, prime - 1n, eighth, prime - eighth];
  const small = orders.flatMap((y) => [little(y), little(y, 1)]);
  const twice = [prime, prime + 1n, prime + 3n, 2n ** 255n - 1n].flatMap((y) => [little(y), little(y, 1)]);
  for (const key of [...small, ...twice, little(2n), 'ab', '']) assert.equal(isKey(key), false, key);
  // what the refusal is for: of the point of order 1 the signature (1, 0) holds, whatever the text
  const forged = little(1n) + little(0n);
  const x = Buffer.from(little(1n), 'hex').toString('base64url');
  const weak = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
  assert.equal(verify(null, Buffer.from('whatever'), weak, Buffer.from(forged, 'hex')), true);
  assert.equal(isSignedBy(little(1n), 'colora contribution v1\n[]', forged), false);
  for (let tries = 0; tries < 50; tries += 1) {
    const { x: own = '' } = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' });
    assert.equal(isKey(Buffer.from(own, 'base64url').toString('hex')), true);
  }
});

test('keys with which nothing secret can be agreed on are none: all for which X25519 gives zeros, and second spellings', () => {
  const isTaken = (key: string) => agreementKeySchema.safeParse(key).success;
  const spelt = (u: bigint) => Buffer.from(u.toString(16).padStart(64, '0'), 'hex').reverse();
  const prime = 2n ** 255n - 19n;
  const eighths = [
    325606250916557431795983626356110631294008115727848805560023387167927233504n,
    39382357235489614581723060781553021112529911719440698176882885853963445705823n,
  ];
  const { privateKey } = generateKeyPairSync('x25519');
  const agree = (key: Buffer) => {
    const x = key.toString('base64url');
    const publicKey = createPublicKey({ key: { kty: 'OKP', crv: 'X25519', x }, format: 'jwk' });
    return diffieHellman({ privateKey, publicKey });
  };
  for (const u of [0n, 1n, prime - 1n, prime, prime + 1n, ...eighths]) {
    assert.throws(() => agree(spelt(u)), /derivation/, 'what the refusal is for');
    assert.equal(isTaken(spelt(u).toString('hex')), false, String(u));
  }
  for (const u of [9n + 2n ** 255n, prime + 9n]) assert.equal(isTaken(spelt(u).toString('hex')), false);
  for (const key of ['ab', '', 'AB'.repeat(32)]) assert.equal(isTaken(key), false, key);
  for (let tries = 0; tries < 50; tries += 1) {
    const { x = '' } = generateKeyPairSync('x25519').publicKey.export({ format: 'jwk' });
    assert.equal(isTaken(Buffer.from(x, 'base64url').toString('hex')), true);
  }
});

test('a receipt holds for its statement and its coordinator, as it was issued, and for nothing else', () => {
  const text = contributionForm.write(statementKeys);
  const receipt = issueReceipt(signer, { statement: text, round: 3, at: new Date(5) });
  const asked = { statement: text, key: signer.publicKey };
  assert.equal(receiptFault(receipt, asked), null);
  assert.deepEqual(issueReceipt(signer, { statement: text, round: 3, at: new Date(5) }), receipt);
  const another = contributionForm.write({ ...statementKeys, round: (statementKeys.round % 9) + 10 });
  assert.match(receiptFault(receipt, { ...asked, statement: another }) ?? '', /another contribution/);
  assert.match(receiptFault(receipt, { ...asked, key: other.publicKey }) ?? '', /signed with the key/);
  const changed = [
    { round: 4 },
    { at: new Date(6).toISOString() },
    { signature: signer.sign(text) }, // the same key under another kind of text
    { key: other.publicKey },
  ];
  for (const change of changed) assert.notEqual(receiptFault({ ...receipt, ...change }, asked), null);
});

test('a private key shows in nothing that a signer is written to', () => {
  const secret = makePrivateKey();
  const seed = Buffer.from(secret, 'base64').subarray(-32);
  const holder = openSigner(secret) as Signer;
  const shown = [
    inspect(holder, { depth: 9, showHidden: true }),
    JSON.stringify(holder),
    holder.sign.toString(),
  ];
  for (const text of shown)
    for (const form of ['hex', 'base64', 'base64url'] as const)
      assert.ok(!text.includes(seed.toString(form)) && !text.includes(secret));
  for (const none of ['', 'AAAA', secret.slice(0, 40)]) assert.equal(openSigner(none), null);
});
