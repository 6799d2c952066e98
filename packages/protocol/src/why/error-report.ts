// What a member tells of an error that ended its daemon: codes of the lists in endings.ts and the number of a round. There is no place for
// a text, a path or anything of an example, in the type or in the schema.
import { z } from 'zod';
import { mostInteger } from '../bounds/bounded.ts';
import { causes, exits } from './endings.ts';

export const errorReportSchema = z.strictObject({
  exit: z.enum(exits),
  /** What is behind it, as far as it has a code; whose advice is told to those who run the group. */
  cause: z.enum(causes).nullable(),
  /** The one under way; null before the first. */
  round: z.int().min(0).max(mostInteger).nullable(),
});
export type ErrorReport = z.infer<typeof errorReportSchema>;

/** As participants lists show it: the latest of a member's groups that were asked for. */
export const shownReportSchema = z.object({
  group: z.string(),
  exit: z.string(),
  cause: z.string().nullable(),
  round: z.int().nullable(),
  at: z.iso.datetime(),
  text: z.string(),
  mend: z.string().nullable(),
});
export type ShownReport = z.infer<typeof shownReportSchema>;
