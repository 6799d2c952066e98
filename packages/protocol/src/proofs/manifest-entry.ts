// What a manifest says of one contribution, or of one that was left out. Its hash is in the manifest, it itself is shown to its
// sender and to operators: a secret number in each keeps others from guessing what it says.
import { z } from 'zod';
import { mostInteger, plain } from '../bounds/bounded.ts';
import { sha256Hex } from '../sha256.ts';
import { hexSchema } from './public-key.ts';
import { signatureSchema } from './signatures.ts';
import { signedForm } from './signed-form.ts';

const whole = (least: number) => z.int().min(least).max(mostInteger);

const sender = {
  /** Random, known to who may see the entry. */
  salt: hexSchema(16),
  participant: plain(252).min(1),
  /** The round it was made for. */
  madeFor: whole(1),
  /** The text that its sender stands for (statement.ts); null where it was accepted before there were statements. */
  statement: z.string().nullable(),
  /** The sender's signature under it; null of one without a key. */
  signature: signatureSchema.nullable(),
};

export const countedForm = signedForm('colora counted v1', {
  ...sender,
  sha256: hexSchema(32),
  bytes: whole(0),
  /** The checkpoint it was made at, and how many versions older than its round's that is. */
  version: whole(0),
  staleness: whole(0),
  examples: whole(1),
  /** What it counted, before staleness; and the L2 norm over all of its tensors. */
  weight: z.number().positive(),
  norm: z.number().min(0),
  /** Where its sender belonged; null without clusters. */
  cluster: whole(0).nullable(),
  /** How much of the update the rule made it, 0: left out by it; null of rules that look at each value by itself. */
  part: z.number().nullable(),
});
export type CountedEntry = NonNullable<ReturnType<typeof countedForm.read>>;

export const leftOutForm = signedForm('colora left out v1', {
  ...sender,
  /** Of the bytes that had been accepted; null where they were refused at the door, or never came. */
  sha256: hexSchema(32).nullable(),
  /** The problem code of a refusal; cancelled, round-failed; nothing-sent: asked, and silent. */
  reason: z.string().max(40),
  /** How often that happened. */
  times: whole(1),
});
export type LeftOutEntry = NonNullable<ReturnType<typeof leftOutForm.read>>;

/** What a manifest calls an entry by: sha256 (hex) of its text. */
export function entryHash(text: string): string {
  return sha256Hex(text);
}

/** As it travels and lies in exports: `at` is its place in the manifest's list. */
export const manifestEntrySchema = z.object({
  list: z.enum(['counted', 'leftOut']),
  at: z.int().min(0),
  text: z.string(),
});
export type ManifestEntry = z.infer<typeof manifestEntrySchema>;
