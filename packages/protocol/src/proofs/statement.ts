// What a member says of a contribution and signs: for which group and round, made at which checkpoint, which bytes, and what of
// it counts. Who signs and checks it is signatures.ts; the coordinator's answer is receipt.ts.
import { z } from 'zod';
import { mostInteger, plain } from '../bounds/bounded.ts';
import { lossRange } from '../bounds/figure-ranges.ts';
import { sha256Hex } from '../sha256.ts';
import { hexSchema } from './public-key.ts';
import { signedForm } from './signed-form.ts';

const whole = (least: number) => z.int().min(least).max(mostInteger);
const loss = z.number().min(lossRange.least).max(lossRange.most).nullable();
/** As Date.toISOString writes it: one spelling of an instant. */
export const exactInstant = z
  .string()
  .max(24)
  .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);

const fields = {
  /** The group by its name and when it was made: one of the same name at another coordinator, or made anew, is another. */
  group: plain(252).min(1),
  groupCreatedAt: exactInstant,
  participant: plain(252).min(1),
  /** The participant's public key; null where she has none: nobody signed this. */
  key: hexSchema(32).nullable(),
  /** The round it is made for, whatever cohort that draws: a contribution outlives its round's attempts, so none is named. */
  round: whole(1),
  /** The checkpoint it is made at, and the sha256 of that one's file as members download it. */
  version: whole(0),
  checkpoint: hexSchema(32),
  /** As in the contribution's metadata (contribution.ts); a loss that it leaves out is null. */
  kind: z.enum(['delta', 'gradient']),
  examples: whole(1),
  personalLoss: loss,
  sharedLoss: loss,
  /** Of the file as it is sent. */
  sha256: hexSchema(32),
  bytes: whole(0),
};

/** The form of contributions' statements: `write` gives the text that is signed. */
export const contributionForm = signedForm('colora contribution v1', fields);
export type ContributionStatement = NonNullable<ReturnType<typeof contributionForm.read>>;

/** What receipts and manifests call a statement by: sha256 (hex) of its text. */
export function statementHash(text: string): string {
  return sha256Hex(text);
}
