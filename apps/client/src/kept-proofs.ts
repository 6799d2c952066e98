// What a workspace keeps of its dealings with a coordinator: receipts for what was accepted, the coordinator's public key as it
// was known first, and its own. For `verify` and `members key`; read only.

import { type KeptReceipt, readReceipts } from './receipts/receipt-store.ts';
import { groupPaths } from './workspace/group-workspace.ts';
import { keptIdentity, signerOf } from './workspace/identity.ts';
import { readIfThere } from './workspace/read-if-there.ts';

export type { KeptReceipt } from './receipts/receipt-store.ts';

export interface KeptProofs {
  /** Of the coordinator, and this member's key there; null where the workspace has joined nowhere. */
  readonly access: { readonly url: string; readonly key: string } | null;
  /** Null where it joined under an earlier version. */
  readonly coordinatorKey: string | null;
  /** Oldest first. */
  readonly receipts: readonly KeptReceipt[];
  /** Lines among them that are no receipts: somebody changed them. (The last may have been cut short by a crash.) */
  readonly damaged: number;
}

/** The public key that this workspace signs with, in hex; null where it has none yet. */
export async function ownPublicKey(workspace: string): Promise<string | null> {
  const { signingKey } = (await keptIdentity(workspace)) ?? {};
  return signingKey === undefined ? null : signerOf(workspace, signingKey).publicKey;
}

export async function readKeptProofs(workspace: string, group: string): Promise<KeptProofs> {
  const identity = await keptIdentity(workspace);
  const path = groupPaths(workspace, group).receipts;
  const receipts = await readReceipts(path);
  const lines = (await readIfThere(path))?.toString().split('\n').slice(0, -1) ?? [];
  return {
    access: identity === null ? null : { url: identity.url, key: identity.key },
    coordinatorKey: identity?.coordinatorKey ?? null,
    receipts,
    damaged: Math.max(0, lines.length - receipts.length),
  };
}
