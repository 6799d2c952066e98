// What the coordinators on one database sign with: 256 random bits, made by the first that needs them. Invitations and the
// hashes of addresses are made with it; it leaves the database for the coordinators' memory only.
import { createHmac, randomBytes } from 'node:crypto';
import type { PrismaClient } from '../generated/prisma/client.ts';

export interface Secret {
  /** HMAC-SHA-256 of a text, as base64url. Different uses begin their texts differently. */
  sign(text: string): Promise<string>;
}

export function createSecret(db: Pick<PrismaClient, '$queryRaw'>): Secret {
  let value: Uint8Array | undefined;
  return {
    async sign(text) {
      value ??= await readOrMake(db);
      return createHmac('sha256', value).update(text).digest('base64url');
    },
  };
}

async function readOrMake(db: Pick<PrismaClient, '$queryRaw'>): Promise<Uint8Array> {
  const made = randomBytes(32);
  // the update changes nothing and returns the row that another one made
  const [row] = await db.$queryRaw<{ value: Uint8Array }[]>`
    INSERT INTO "Secret" ("name", "value") VALUES ('signing', ${made})
    ON CONFLICT ("name") DO UPDATE SET "name" = excluded."name" RETURNING "value"`;
  if (row === undefined) throw new Error('the database kept no secret');
  return row.value;
}
