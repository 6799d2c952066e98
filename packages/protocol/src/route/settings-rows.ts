// Rows of the routes table about changing what a group is.
import { z } from 'zod';
import { groupSchema } from '../entities.ts';
import { groupTermsSchema, termsChangeSchema } from '../settings/changes.ts';
import { accessSchema } from '../states/states.ts';
import { taskSettingsSchema } from '../task-settings.ts';
import type { Route } from './route.ts';
import { admins, group } from './row-parts.ts';

export const settingsRows = {
  changeSettings: {
    method: 'PUT',
    path: '/v1/groups/:group/settings',
    access: admins,
    summary:
      'Change settings of a group, and who may join: at once, from the next round on, or refused, field by field; with check: answer so, and change nothing',
    params: group,
    ifMatch: true,
    body: z.strictObject({
      /** Left out: as it is. */
      access: accessSchema.optional(),
      settings: taskSettingsSchema,
      /** What the caller took the group’s terms for, with what waits for the next round: refused where they are others by now. */
      seen: groupTermsSchema.optional(),
      check: z.boolean().optional(),
    }),
    answer: z.object({
      group: groupSchema,
      changes: z.array(termsChangeSchema),
      /** The first round under what waits for the live one to be over. */
      fromRound: z.int(),
    }),
  },
} as const satisfies Record<string, Route>;
