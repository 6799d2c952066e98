// What a member's own examples said about training together, and how its predictions are mixed since then: guard.json in the
// group's folder. Figures alone, and nothing of them is sent.
import { opinions } from '@colora/protocol/guard/opinion';
import { z } from 'zod';
import { writeAtomic } from './atomic-file.ts';
import { readIfThere } from './read-if-there.ts';

const verdictSchema = z.object({
  opinion: z.enum(opinions),
  helped: z.number(),
  gain: z.number(),
  standardError: z.number(),
  examples: z.int(),
});

const guardSchema = z.object({
  groupCreatedAt: z.string(),
  /** Of the checkpoint that was judged. */
  version: z.int(),
  /** Names the examples that judged. */
  data: z.string(),
  /** How predictions are mixed, and what is said; null where nothing can be told. */
  found: z
    .object({ weights: z.object({ alone: z.number(), core: z.number() }), verdict: verdictSchema })
    .nullable(),
  /** Why nothing can be told; null where it can. */
  why: z.string().nullable(),
});
export type GuardReport = z.infer<typeof guardSchema>;

export async function keepGuard(path: string, report: GuardReport): Promise<void> {
  await writeAtomic(path, `${JSON.stringify(guardSchema.parse(report), null, 2)}\n`);
}

/** Null where there is none, or a damaged one: it is made anew then. */
export async function readGuard(path: string): Promise<GuardReport | null> {
  const bytes = await readIfThere(path);
  if (bytes === null) return null;
  try {
    return guardSchema.parse(JSON.parse(bytes.toString()));
  } catch {
    return null;
  }
}
