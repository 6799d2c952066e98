// Whether the keys that sign are those that were known before: the coordinator's, pinned when this workspace first joined, and this
// participant's own, which the coordinator took when it was first told. A change of either is refused until somebody says that it is right.
import type { ApiClient } from '@colora/protocol/api-client';
import type { Signer } from '@colora/protocol/proofs/signatures';
import { ClientError } from '../client-error.ts';
import { retry } from '../line/backoff.ts';

/** What contributions and receipts are signed with. */
export interface ProofKeys {
  /** This participant's. */
  readonly signer: Signer;
  /** The coordinator's public key, in hex. */
  readonly coordinatorKey: string;
}

interface Pinned {
  /** Of the workspace; undefined where it has joined nowhere yet, or under an earlier version. */
  readonly kept: string | undefined;
  /** That its user was told by whoever runs the coordinator: it alone counts, now and in the place of the kept one. */
  readonly told: string | undefined;
}

/** The public key that the coordinator's receipts are held to from now on. Throws 'untrusted-coordinator'. */
export async function trustedKeyOf(
  api: ApiClient,
  { kept, told }: Pinned,
  trying: Parameters<typeof retry>[1],
): Promise<string> {
  const { signal } = trying;
  const { key } = await retry(() => api.call('showCoordinatorKey', { signal }), trying);
  const expected = told ?? kept ?? key;
  if (key === expected) return key;
  throw untrusted(
    told === undefined
      ? `${api.url} signs with another key than when this workspace first joined: ${key}, not ${expected}. Its database was made anew, or somebody else answers there`
      : `${api.url} signs with the key ${key}, not with the one given, ${expected}`,
  );
}

/** What to do about it is the same whatever told it. */
export function untrusted(what: string): ClientError {
  return new ClientError(
    'untrusted-coordinator',
    `${what}. Nothing more is sent to it: ask whoever runs it, by another way than this one, for its key (the coordinator logs it when it starts), and if it is right join with --coordinator-key and that key`,
  );
}

/** `registered`: the key that the coordinator knows of this participant. Throws 'workspace-mismatch'. */
export function assertSignsAs(
  participant: string,
  registered: string | null,
  { publicKey }: Signer,
  workspace: string,
): void {
  if (registered === null || registered === publicKey) return;
  throw new ClientError(
    'workspace-mismatch',
    `${participant} signs with the key ${registered}, and the workspace ${workspace} doesn't hold it: use the workspace that ${participant} joined with (copied as a whole to another machine), or, where that is lost, have an admin run colora participants reset-signing-key ${participant} and join again`,
  );
}
