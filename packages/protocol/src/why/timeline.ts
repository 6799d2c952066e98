// How a round went, member by member: when it was drawn, told, had downloaded, trained, uploaded and was counted.
import { z } from 'zod';
import { listOf } from '../paging/page.ts';
import { roundStateSchema } from '../states/states.ts';

const instant = z.iso.datetime();

const passageSchema = z.object({
  participant: z.string(),
  /** Drawn for the round, or joining it while it collected. */
  drawnAt: instant,
  /** It came for its work. This and what follows is null where it didn't get so far, or nobody noted it (a coordinator killed meanwhile). */
  joinedAt: instant.nullable(),
  /** Null too where it had the checkpoint already. */
  downloadAt: instant.nullable(),
  downloadedAt: instant.nullable(),
  /** It began to send what it had trained. */
  trainedAt: instant.nullable(),
  uploadedAt: instant.nullable(),
  countedAt: instant.nullable(),
  /** late: made for this round and counted in `countsIn`; earlier: counted here, and made for `madeFor`. */
  outcome: z.enum(['counted', 'late', 'earlier', 'refused', 'missing']),
  countsIn: z.int().nullable(),
  madeFor: z.int().nullable(),
  /** Of the last contribution that was refused. */
  refused: z.object({ at: instant, code: z.string(), why: z.string() }).nullable(),
});
export type Passage = z.infer<typeof passageSchema>;

export const timelineSchema = z.object({
  round: z.int(),
  state: roundStateSchema,
  openedAt: instant,
  deadlineAt: instant,
  attempt: z.int(),
  /** Closing it began; null where it isn't known. */
  closingAt: instant.nullable(),
  /** It was committed, or failed. */
  closedAt: instant.nullable(),
  /** The last whose contribution counts here; null while none does. */
  last: z.object({ participant: z.string(), at: instant }).nullable(),
  /** By name. */
  ...listOf(passageSchema).shape,
});
export type Timeline = z.infer<typeof timelineSchema>;
