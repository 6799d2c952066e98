// What a checkpoint was made of, as its coordinator signs it: of which checkpoint before, by which settings, and of which
// contributions. Those are named by hashes of their entries alone (manifest-entry.ts), so that who sees a manifest learns of
// nobody whose entry isn't shown; each manifest names the one before. What has to fit together is verification/check-manifest.ts's.
import { z } from 'zod';
import { mostInteger, plain } from '../bounds/bounded.ts';
import { sha256Hex } from '../sha256.ts';
import { hexSchema } from './public-key.ts';
import { signatureSchema } from './signatures.ts';
import { signedForm } from './signed-form.ts';
import { exactInstant } from './statement.ts';

const whole = (least: number) => z.int().min(least).max(mostInteger);
const file = hexSchema(32);

const fields = {
  group: plain(252).min(1),
  groupCreatedAt: exactInstant,
  version: whole(0),
  /** manifestHash of the manifest before; null of the first. */
  before: file.nullable(),
  /** Why there is none before: it is the group's first checkpoint, or manifests began with an upgrade of the coordinator. */
  begins: z.enum(['first', 'upgrade']).nullable(),
  made: z.enum(['upload', 'round', 'rollback']),
  at: exactInstant,
  /** The checkpoint's float32 tensors. */
  checkpoint: file,
  /** The file that members download, where that is another one. */
  download: file.nullable(),
  /** The server optimizer's state, where it has any. */
  optimizer: file.nullable(),
  /** sha256 of the group's settings as canonicalJson writes them. */
  settings: file,
  /** The checkpoint it came of: of a rollback, the one that was put back. Null of an upload, as the next two. */
  base: whole(0).nullable(),
  baseCheckpoint: file.nullable(),
  baseOptimizer: file.nullable(),
  /** The round that made it; null of others. */
  round: whole(1).nullable(),
  /** The largest L2 norm that this round took of contributions made for it; null where norms aren't bounded by round. */
  normLimit: z.number().positive().nullable(),
  /** How many members had to hold a tensor for the round to move it; null of others. */
  needed: whole(1).nullable(),
  /** Members of the group when it was made. */
  members: whole(0),
  /** Tensors that it has and its base lacks: name, shape, and the base's tensor they start from (null: zeros). */
  added: z.array(z.tuple([z.string(), z.array(whole(0)), z.string().nullable()])),
  /** entryHash of each contribution that counted, in the order in which they are added up. */
  counted: z.array(file),
  /** entryHash of what was left out since the manifest before. */
  leftOut: z.array(file),
  /** All rounds up to this number are told of by now; 0: none yet. */
  through: whole(0),
};

export const manifestForm = signedForm('colora manifest v1', fields);
export type Manifest = NonNullable<ReturnType<typeof manifestForm.read>>;

/** What the manifest after calls it by: sha256 (hex) of its text. */
export function manifestHash(text: string): string {
  return sha256Hex(text);
}

/** As it travels and lies in exports. */
export const signedManifestSchema = z.object({
  version: z.int().min(0),
  /** Of `manifestForm`. */
  text: z.string(),
  /** The coordinator's public key, and its signature under the text. */
  key: hexSchema(32),
  signature: signatureSchema,
});
export type SignedManifest = z.infer<typeof signedManifestSchema>;
