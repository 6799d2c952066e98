// What this member agreed to, in consent.json of the group's folder: the whole settings, when, and how. One writer (the daemon, under the
// folder's lock); read before anything is trained. What counts as more than that is terms.ts.
import { parseJson } from '@colora/protocol/api-client';
import { taskSettingsSchema } from '@colora/protocol/task-settings';
import { z } from 'zod';
import { ClientError } from '../client-error.ts';
import { writeAtomic } from '../workspace/atomic-file.ts';
import type { GroupPaths } from '../workspace/group-workspace.ts';
import { readIfThere } from '../workspace/read-if-there.ts';

const consentSchema = z.object({
  group: z.string(),
  /** Of the group: one that is made anew under the name has another. */
  groupCreatedAt: z.string(),
  agreedAt: z.iso.datetime(),
  /**
   * joined: by joining. accepted: a change, after it was shown. from-before: what the workspace had worked with when consent began to
   * be kept.
   */
  how: z.enum(['joined', 'accepted', 'from-before']),
  settings: taskSettingsSchema,
});
export type Consent = z.infer<typeof consentSchema>;

export async function keepConsent({ consent }: GroupPaths, agreed: Consent): Promise<void> {
  await writeAtomic(consent, `${JSON.stringify(agreed, null, 2)}\n`);
}

/** Null where nothing was agreed to yet. Throws 'workspace-damaged': what can't be read is no yes. */
export async function readConsent({ consent }: GroupPaths): Promise<Consent | null> {
  const bytes = await readIfThere(consent);
  if (bytes === null) return null;
  const kept = consentSchema.safeParse(parseJson(bytes.toString()));
  if (kept.success) return kept.data;
  throw new ClientError(
    'workspace-damaged',
    `${consent} is damaged, and says nothing of what you agreed to; remove it and join again to agree anew`,
  );
}
