// How an exported proof lies in a folder: names of its files, and what is in them. Written by export-proof.ts, read by
// folder-source.ts.
import { join } from 'node:path';
import { unmaskingSchema } from '@colora/protocol/masking/unmasking';
import { signedManifestSchema } from '@colora/protocol/proofs/manifest';
import { manifestEntrySchema } from '@colora/protocol/proofs/manifest-entry';
import { hexSchema } from '@colora/protocol/proofs/public-key';
import { z } from 'zod';

export const proofSchema = z.object({
  format: z.literal(1),
  group: z.string(),
  coordinatorKey: hexSchema(32),
  exportedAt: z.string(),
});

/** A manifest with its settings' text and its entries. A field of another name is damage: what it was called would pass for left out. */
export const provedManifestSchema = signedManifestSchema
  .extend({
    settings: z.string(),
    unmasking: unmaskingSchema.nullable().default(null),
    entries: z.array(manifestEntrySchema),
  })
  .strict();

export const proofPath = (folder: string) => join(folder, 'proof.json');
export const manifestsFolder = (folder: string) => join(folder, 'manifests');
export const manifestPath = (folder: string, version: number) =>
  join(manifestsFolder(folder), `${version}.json`);
/** Contributions, checkpoints and optimizer states, by their sha256. */
export const filesFolder = (folder: string) => join(folder, 'files');
export const filePath = (files: string, sha256: string) => join(files, `${sha256}.safetensors`);
