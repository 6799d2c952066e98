// Why a group is where it is, as it is answered: reasons, each a code with what it tells, in numbers and names and in words. The words
// are group-reasons.ts's and member-reasons.ts's; which hold is the coordinator's to say, from what decides the group's next step.
import { z } from 'zod';
import { groupStateSchema } from '../states/states.ts';

const reasonSchema = z.object({
  /** Of the tables of reasons; a newer coordinator may have more. */
  code: z.string(),
  /** Whom it is about; null: the group. */
  participant: z.string().nullable(),
  /** What it tells, by name: lengths of time in seconds, from this answer on. */
  values: z.record(z.string(), z.union([z.string(), z.number(), z.null()])),
  /** The same in words, which are right wherever they are read: about lengths of time, never about times of day. */
  text: z.string(),
  /** What to do about it; null where there is nothing to do, or it mends itself. */
  mend: z.string().nullable(),
});
export type Reason = z.infer<typeof reasonSchema>;

export const explanationSchema = z.object({
  group: z.string(),
  state: groupStateSchema,
  /** By the database's clock. */
  at: z.iso.datetime(),
  /** What the coordinator does next with the group's rounds; wait: nothing, before something changes. */
  step: z.enum(['wait', 'open', 'close', 'retry', 'pause', 'stop', 'advance', 'fail']),
  /** First why that step comes next, then whom it waits for and what became of the others. */
  reasons: z.array(reasonSchema),
});
export type Explanation = z.infer<typeof explanationSchema>;

/** One reason, from a table of them. */
export function say(
  code: string,
  values: Reason['values'],
  text: string,
  mend: string | null = null,
): Reason {
  const { participant = null } = values;
  return { code, participant: participant === null ? null : String(participant), values, text, mend };
}
