// The coordinator's signed answer to an accepted contribution: which statement it took, in which round that counts, and when. The
// same contribution has the same receipt however often it is asked for.
import { z } from 'zod';
import { mostInteger } from '../bounds/bounded.ts';
import { hexSchema } from './public-key.ts';
import { isSignedBy, type Signer, signatureSchema } from './signatures.ts';
import { signedForm } from './signed-form.ts';
import { exactInstant, statementHash } from './statement.ts';

const fields = {
  /** statementHash of what was accepted. */
  statement: hexSchema(32),
  /** The round it counts in: a later one than it was made for, where it came late. */
  round: z.int().min(1).max(mostInteger),
  at: exactInstant,
  /** The coordinator's public key. */
  key: hexSchema(32),
};

const receiptForm = signedForm('colora receipt v1', fields);

export const receiptSchema = z.object({ ...fields, signature: signatureSchema });
export type Receipt = z.infer<typeof receiptSchema>;

/** `statement`: the text of the accepted one. */
export function issueReceipt(
  signer: Signer,
  { statement, round, at }: { readonly statement: string; readonly round: number; readonly at: Date },
): Receipt {
  const said = { statement: statementHash(statement), round, at: at.toISOString(), key: signer.publicKey };
  return { ...said, signature: signer.sign(receiptForm.write(said)) };
}

/** What is wrong with a receipt for the statement of this text by the holder of `key`, in words; null where nothing is. */
export function receiptFault(
  { signature, ...said }: Receipt,
  { statement, key }: { readonly statement: string; readonly key: string },
): string | null {
  if (said.key !== key) return `it is signed with the key ${said.key}, not ${key}`;
  if (said.statement !== statementHash(statement)) return 'it is for another contribution';
  return isSignedBy(key, receiptForm.write(said), signature) ? null : 'its signature does not hold';
}
