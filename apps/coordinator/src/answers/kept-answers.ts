// Answers to requests with an Idempotency-Key, as rows: claimed in the transaction of what the request changes, filled in when it is
// answered, forgotten after a day. An answer may hold a key or an invitation, which are kept nowhere: it is sealed with what the
// caller sends with each request and the database never sees.
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { sha256Hex } from '@colora/protocol/sha256';
import type { Context } from '../context.ts';
import type { Transaction } from '../sql/transaction.ts';

export interface KeyedRequest {
  /** Whose it is: another key's idempotency keys are others. */
  readonly keyId: string;
  /** What the caller proves itself with, as it came. */
  readonly credential: string;
  readonly idempotencyKey: string;
  /** Method, address and body. */
  readonly request: string;
}

export interface KeptAnswer {
  readonly isSameRequest: boolean;
  /** Null while it is being answered, and of one that was never answered. */
  readonly text: string | null;
}

/** Of one API key; older ones are forgotten before their day is over. */
const mostKept = 1000;
/** A longer answer isn't kept. */
const mostAnswerBytes = 256 * 1024;

/** False where the same idempotency key was claimed already; waits for one who is about to. */
export async function claimKey(tx: Transaction, asked: KeyedRequest): Promise<boolean> {
  const { keyId } = asked;
  await tx.$executeRaw`
    DELETE FROM "KeptAnswer" WHERE "keyId" = ${keyId} AND "key" IN (
      SELECT "key" FROM "KeptAnswer" WHERE "keyId" = ${keyId}
      ORDER BY "createdAt" DESC, "key" OFFSET ${mostKept - 1}::int)`;
  const claimed = await tx.$executeRaw`
    INSERT INTO "KeptAnswer" ("keyId", "key", "request") VALUES (${keyId}, ${nameOf(asked)}, ${sha256Hex(asked.request)})
    ON CONFLICT DO NOTHING`;
  return claimed === 1;
}

/** Also where nothing was claimed: a request that found nothing to change is answered the same when it is repeated. */
export async function keepAnswer(
  { db }: Pick<Context, 'db'>,
  asked: KeyedRequest,
  text: string,
): Promise<void> {
  const { keyId } = asked;
  const answer = Buffer.byteLength(text) > mostAnswerBytes ? null : seal(asked, text);
  await db.$executeRaw`
    INSERT INTO "KeptAnswer" ("keyId", "key", "request", "answer")
    VALUES (${keyId}, ${nameOf(asked)}, ${sha256Hex(asked.request)}, ${answer})
    ON CONFLICT ("keyId", "key") DO UPDATE SET "answer" = excluded."answer" WHERE "KeptAnswer"."answer" IS NULL`;
}

/** Null where nothing is known of it. */
export async function findAnswer(
  { db }: Pick<Context, 'db'>,
  asked: KeyedRequest,
): Promise<KeptAnswer | null> {
  const row = await db.keptAnswer.findUnique({
    where: { keyId_key: { keyId: asked.keyId, key: nameOf(asked) } },
  });
  if (row === null) return null;
  const isSameRequest = row.request === sha256Hex(asked.request);
  return { isSameRequest, text: row.answer === null || !isSameRequest ? null : unseal(asked, row.answer) };
}

/** Those of a day ago. */
export async function forgetAnswers({ db }: Pick<Context, 'db'>): Promise<number> {
  return await db.$executeRaw`
    DELETE FROM "KeptAnswer" WHERE ("keyId", "key") IN (
      SELECT "keyId", "key" FROM "KeptAnswer" WHERE "createdAt" < now() - interval '24 hours' LIMIT 10000)`;
}

const nameOf = ({ idempotencyKey }: KeyedRequest) => sha256Hex(idempotencyKey);

const cipher = 'aes-256-gcm';
const ivBytes = 12;
const tagBytes = 16;

function secretOf({ credential, idempotencyKey }: KeyedRequest): Buffer {
  return Buffer.from(hkdfSync('sha256', credential, idempotencyKey, 'colora kept answer', 32));
}

/** iv, tag and the text in cipher. */
function seal(asked: KeyedRequest, text: string): Uint8Array<ArrayBuffer> {
  const iv = randomBytes(ivBytes);
  const sealing = createCipheriv(cipher, secretOf(asked), iv);
  const sealed = [sealing.update(text, 'utf8'), sealing.final()];
  return new Uint8Array(Buffer.concat([iv, sealing.getAuthTag(), ...sealed]));
}

/** Null where it was sealed by another credential. */
function unseal(asked: KeyedRequest, sealed: Uint8Array): string | null {
  const opening = createDecipheriv(cipher, secretOf(asked), sealed.subarray(0, ivBytes));
  opening.setAuthTag(sealed.subarray(ivBytes, ivBytes + tagBytes));
  try {
    return Buffer.concat([opening.update(sealed.subarray(ivBytes + tagBytes)), opening.final()]).toString(
      'utf8',
    );
  } catch {
    return null;
  }
}
