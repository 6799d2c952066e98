// The coordinator's own key, which receipts are signed with: made once and kept in the database, so that all coordinators on one
// sign alike, and whoever restores a copy of it signs on. It shows in nothing but its public half.
import { makePrivateKey, openSigner, type Signer } from '@colora/protocol/proofs/signatures';
import type { PrismaClient } from '../generated/prisma/client.ts';

const name = 'receipts';

/** Read when it is first asked for, and made where there is none yet. */
export function createReceiptSigner(db: Pick<PrismaClient, 'coordinatorKey'>): () => Promise<Signer> {
  let known: Promise<Signer> | null = null;
  return async () => {
    known ??= readSigner(db);
    try {
      return await known;
    } catch (error) {
      known = null;
      throw error;
    }
  };
}

async function readSigner({ coordinatorKey }: Pick<PrismaClient, 'coordinatorKey'>): Promise<Signer> {
  // of coordinators that start at once on an empty database, one makes it
  await coordinatorKey.createMany({ data: { name, privateKey: makePrivateKey() }, skipDuplicates: true });
  const { privateKey } = await coordinatorKey.findUniqueOrThrow({ where: { name } });
  const signer = openSigner(privateKey);
  if (signer === null)
    throw new Error(
      `the row ${name} of the table CoordinatorKey holds no private key: restore it from a copy`,
    );
  return signer;
}
