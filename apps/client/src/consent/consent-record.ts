// What this member agreed to, in consent.json of the group's folder: the whole settings, when, and how. One writer (the daemon, under the
// folder's lock), signed with her key; read before anything is trained. What counts as more than that is terms.ts.
import { parseJson } from '@colora/protocol/api-client';
import { canonicalJson } from '@colora/protocol/proofs/canonical-json';
import { hexSchema } from '@colora/protocol/proofs/public-key';
import { isSignedBy, type Signer, signatureSchema } from '@colora/protocol/proofs/signatures';
import { signedForm } from '@colora/protocol/proofs/signed-form';
import { sha256Hex } from '@colora/protocol/sha256';
import { taskSettingsSchema } from '@colora/protocol/task-settings';
import { z } from 'zod';
import { ClientError } from '../client-error.ts';
import { writeAtomic } from '../workspace/atomic-file.ts';
import type { GroupPaths } from '../workspace/group-workspace.ts';
import { readIfThere } from '../workspace/read-if-there.ts';

const head = {
  group: z.string(),
  /** Of the group: one that is made anew under the name has another. */
  groupCreatedAt: z.string(),
  agreedAt: z.iso.datetime(),
  /**
   * joined: by joining. accepted: a change, after it was shown. from-before: what the workspace had worked with when consent began to
   * be kept.
   */
  how: z.enum(['joined', 'accepted', 'from-before']),
};
const consentSchema = z.object({ ...head, settings: taskSettingsSchema });
export type Consent = z.infer<typeof consentSchema>;

/** As the file has it: whoever has it can show what she said yes to, and one who changed it can't. */
const signedConsentSchema = consentSchema.extend({ key: hexSchema(32), signature: signatureSchema });

/** `settings`: sha256 of them as canonicalJson writes them. */
const consentForm = signedForm('colora consent v1', { ...head, settings: hexSchema(32) });

function textOf({ settings, group, groupCreatedAt, agreedAt, how }: Consent): string {
  const hash = sha256Hex(canonicalJson(settings));
  return consentForm.write({ group, groupCreatedAt, agreedAt, how, settings: hash });
}

export async function keepConsent({ consent }: GroupPaths, agreed: Consent, signer: Signer): Promise<void> {
  const signed = { ...agreed, key: signer.publicKey, signature: signer.sign(textOf(agreed)) };
  await writeAtomic(consent, `${JSON.stringify(signed, null, 2)}\n`);
}

/** Null where nothing was agreed to yet. Throws 'workspace-damaged': what can't be read, or isn't what was signed, is no yes. */
export async function readConsent({ consent }: GroupPaths): Promise<Consent | null> {
  const bytes = await readIfThere(consent);
  if (bytes === null) return null;
  const kept = signedConsentSchema.safeParse(parseJson(bytes.toString()));
  if (kept.success) {
    const { key, signature, ...agreed } = kept.data;
    if (isSignedBy(key, textOf(agreed), signature)) return agreed;
  }
  throw new ClientError(
    'workspace-damaged',
    `${consent} is damaged, and says nothing of what you agreed to; remove it and join again to agree anew`,
  );
}
