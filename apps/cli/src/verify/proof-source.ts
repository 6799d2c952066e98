// Where manifests and the files that they name are read from: the interface of its members, a coordinator (coordinator-source.ts)
// and a folder that was exported from one (folder-source.ts). What is made of them is verify-group.ts's.
import type { Unmasking } from '@colora/protocol/masking/unmasking';
import type { SignedManifest } from '@colora/protocol/proofs/manifest';
import type { ManifestEntry } from '@colora/protocol/proofs/manifest-entry';

/** Where a file lies, or why it isn't there. Its bytes are still to be held to its name. */
export type FoundFile = { readonly path: string } | { readonly why: string };

export interface ProofSource {
  readonly group: string;
  /** The coordinator's public key, by its own word. */
  readonly key: string;
  /** In the order of their versions. */
  manifests(): AsyncIterable<SignedManifest>;
  /** The text of the settings that the manifest names. */
  settings(version: number): Promise<string>;
  /** Of a masked round's checkpoint: what takes the masks off its sum; null of others, and where it isn't told. */
  unmasking(version: number): Promise<Unmasking | null>;
  entries(version: number): Promise<readonly ManifestEntry[]>;
  /** The float32 tensors of a checkpoint. */
  checkpoint(version: number, sha256: string): Promise<FoundFile>;
  /** A contribution, or the optimizer's state. */
  file(sha256: string): Promise<FoundFile>;
  /** The file won't be asked for again. */
  release(sha256: string): Promise<void>;
}
