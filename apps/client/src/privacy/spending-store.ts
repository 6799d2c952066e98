// What this member's part in a group has spent of her privacy, as she counts it herself: kept in her workspace, and written before a
// contribution can be sent. A coordinator that was set back, or that says less, changes nothing of it.
import { z } from 'zod';
import { ClientError } from '../client-error.ts';
import { writeAtomic } from '../workspace/atomic-file.ts';
import { readIfThere } from '../workspace/read-if-there.ts';

const spendingSchema = z.strictObject({
  /** Of the group: another one of that name has spent nothing yet. */
  groupCreatedAt: z.string(),
  delta: z.number().positive().lt(1),
  spent: z.array(
    z.strictObject({
      noiseMultiplier: z.number().positive(),
      rate: z.number().positive().max(1),
      rounds: z.int().min(1),
    }),
  ),
  /** Rounds that the group had committed when it was counted last. */
  committed: z.int().min(0),
});
export type KeptSpending = z.infer<typeof spendingSchema>;

/** Null where nothing was spent in this very group. Throws ClientError 'workspace-damaged' rather than begin at nothing again. */
export async function readSpending(path: string, groupCreatedAt: string): Promise<KeptSpending | null> {
  const bytes = await readIfThere(path);
  if (bytes === null) return null;
  const kept = parse(bytes.toString());
  if (kept === undefined)
    throw new ClientError(
      'workspace-damaged',
      `${path} does not say any more what you spent of your privacy in this group: put it back from a backup, or leave the group; without it as much could be spent again`,
    );
  return kept.groupCreatedAt === groupCreatedAt ? kept : null;
}

function parse(text: string): KeptSpending | undefined {
  try {
    return spendingSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

export async function keepSpending(path: string, spending: KeptSpending): Promise<void> {
  await writeAtomic(path, `${JSON.stringify(spending)}\n`);
}
