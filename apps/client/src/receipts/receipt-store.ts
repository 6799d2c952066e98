// The receipts of a group: one line for each contribution that the coordinator accepted, with what was signed, the signature and the
// receipt, all that shows later that it was sent and taken. Lines are only ever added, and the oldest half goes when there are too many.
// What makes a receipt one is round/delivery/signed-delivery.ts's affair.
import { appendFile, open } from 'node:fs/promises';
import { parseJson } from '@colora/protocol/api-client';
import { withFile } from '@colora/protocol/failures/file-problem';
import { receiptSchema } from '@colora/protocol/proofs/receipt';
import { z } from 'zod';
import { writeAtomic } from '../workspace/atomic-file.ts';
import { readIfThere } from '../workspace/read-if-there.ts';

export const keptReceiptSchema = z.object({
  /** The text of the statement (protocol/proofs/statement.ts). */
  statement: z.string(),
  signature: z.string(),
  receipt: receiptSchema,
});
export type KeptReceipt = z.infer<typeof keptReceiptSchema>;

/** A kilobyte each. */
const mostReceipts = 4000;

/** Durable when it returns; kept once, however often. A line that a crash cut short is dropped. */
export async function keepReceipt(path: string, kept: KeptReceipt): Promise<void> {
  const text = (await readIfThere(path))?.toString() ?? '';
  const lines = text.split('\n').filter((line) => line !== '');
  const line = JSON.stringify(kept);
  if (lines.includes(line)) return;
  const whole = text === '' || text.endsWith('\n');
  if (!whole) lines.pop();
  if (!whole || lines.length >= mostReceipts) {
    const rest = lines.length >= mostReceipts ? lines.slice(lines.length - mostReceipts / 2) : lines;
    return await writeAtomic(path, `${[...rest, line].join('\n')}\n`);
  }
  if (text === '') return await writeAtomic(path, `${line}\n`);
  await withFile('write', path, async () => {
    await appendFile(path, `${line}\n`);
    const file = await open(path, 'r+');
    try {
      await file.sync();
    } finally {
      await file.close();
    }
  });
}

/** Oldest first; lines that are none are left out. */
export async function readReceipts(path: string): Promise<KeptReceipt[]> {
  const text = (await readIfThere(path))?.toString() ?? '';
  return text.split('\n').flatMap((line) => keptReceiptSchema.safeParse(parseJson(line)).data ?? []);
}
