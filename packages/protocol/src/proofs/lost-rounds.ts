// What a member tells a coordinator whose database was put back to an earlier day: receipts that it gave since, which nobody else can
// make. Of which rounds they are is for the coordinator to count.
import { z } from 'zod';
import { mostInteger } from '../bounds/bounded.ts';
import { receiptSchema } from './receipt.ts';

/** So many at once: a kilobyte each. */
export const mostReceipts = 16;
const mostStatementLength = 4096;
/** As signed forms write: databases and terminals take no more of control characters. */
const signedText = /^[^\p{Cc}\p{Cs}]+\n[^\p{Cc}\p{Cs}]+$/u;

export const receiptsSchema = z.strictObject({
  receipts: z
    .array(
      z.strictObject({
        /** The text of the member's statement that it is for. */
        statement: z.string().max(mostStatementLength).regex(signedText, 'a title and a line behind it'),
        receipt: receiptSchema,
      }),
    )
    .min(1)
    .max(mostReceipts),
});

export const lostRoundsSchema = z.object({
  /** Rounds that by these receipts were lost, and weren't counted before. */
  lost: z.int().min(0).max(mostInteger),
});
