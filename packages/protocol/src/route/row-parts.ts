// What rows of the routes table have in common: who may call, and what stands in an address. Pages of listings are paging/page.ts.
import { z } from 'zod';
import { eventKinds } from '../audit/event-kinds.ts';
import { nameSchema, numberInAddress } from '../bounds/bounded.ts';

export const group = z.object({ group: nameSchema });
export const groupRound = group.extend({ round: numberInAddress(1) });
export const groupVersion = group.extend({
  version: z.union([z.literal('latest'), numberInAddress(0)]),
});
export const yesOrNo = z.string().max(8).pipe(z.stringbool());
export const flag = yesOrNo.default(false);
export const eventKind = z.enum(eventKinds, `there is no such kind; there are ${eventKinds.join(', ')}`);
export const operators = ['operator', 'admin'] as const;
export const admins = ['admin'] as const;
export const participants = ['participant'] as const;
export const anyKey = ['participant', 'operator', 'admin'] as const;
