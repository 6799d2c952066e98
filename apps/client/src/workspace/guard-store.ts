// What a member's own examples said about training together, and how its predictions are mixed since then: guard.json in the
// group's folder. Figures alone; the few that may be told are guard/own-figures.ts's.
import { groupFiguresSchema } from '@colora/protocol/guard/figures';
import { opinions } from '@colora/protocol/guard/opinion';
import { z } from 'zod';
import { writeAtomic } from './atomic-file.ts';
import type { KnownGroup } from './group-workspace.ts';
import { readIfThere } from './read-if-there.ts';

const verdictSchema = z.object({
  opinion: z.enum(opinions),
  helped: z.number(),
  gain: z.number(),
  standardError: z.number(),
  examples: z.int(),
});

const foundSchema = z.object({
  /** How predictions are mixed, and what is said: both in the light of the group's figures. */
  weights: z.object({ alone: z.number().min(0).max(1), core: z.number().min(0).max(1) }),
  /** How much of the personal part counts in core, 0 to 1: it is taken that far from its start. */
  ofPersonal: z.number().min(0).max(1).default(1),
  verdict: verdictSchema,
  /** Whether the two models are added up to one (a language model's), or their predictions mixed. */
  blended: z.boolean(),
  /** What both rest on: of each own example, how likely the models hold it: by arm, or under each blend that is tried. */
  logLikelihoods: z.array(z.array(z.number()).min(2).max(5)),
  /** How many labels there are to choose from; null of a language model, and where an earlier version found it. */
  labels: z.int().min(1).nullable().default(null),
  /** As last heard; null where there are none. */
  groupFigures: groupFiguresSchema.nullable(),
});
export type Found = z.infer<typeof foundSchema>;

const guardSchema = z.object({
  groupCreatedAt: z.string(),
  /** Of the checkpoint that was judged. */
  version: z.int(),
  /** Names the examples that judged. */
  data: z.string(),
  /** Null where nothing can be told. */
  found: foundSchema.nullable(),
  /** Why nothing can be told; null where it can. */
  why: z.string().nullable(),
});
export type GuardReport = z.infer<typeof guardSchema>;

/** Whether it is of this group, and of the examples that its member last took part with. */
export function isOf(report: GuardReport, { createdAt, data }: KnownGroup): boolean {
  return report.groupCreatedAt === createdAt && (data === null || report.data === data);
}

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
