// Who this workspace is at its coordinator: the API key, the private key that signs contributions, and the coordinator's public
// key, kept in key.json, readable by its owner alone. A newcomer's keys are made here and kept in key-to-be.json before they are used:
// whatever happens to the answer, the same ones ask again. It holds no group's data. The API key is given to the API client and
// the socket and to nobody else; the private key leaves the file as a signer (protocol/proofs/signatures.ts).
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { makeKey, participantKeySchema } from '@colora/protocol/api-key';
import { hexSchema } from '@colora/protocol/proofs/public-key';
import { makePrivateKey, openSigner, type Signer } from '@colora/protocol/proofs/signatures';
import { z } from 'zod';
import { ClientError } from '../client-error.ts';
import { writeAtomic } from './atomic-file.ts';
import { readIfThere } from './read-if-there.ts';

const identitySchema = z.object({
  url: z.string(),
  participant: z.string().nullable(),
  /** Two participants may call themselves alike; left out by earlier versions. */
  participantId: z.string().optional(),
  key: z.string().min(1),
  /** Private, as makePrivateKey makes it; left out by earlier versions, as the next. */
  signingKey: z.string().optional(),
  /** The public key that the coordinator's receipts were signed with when this workspace first joined. */
  coordinatorKey: hexSchema(32).optional(),
});
export type Identity = z.infer<typeof identitySchema>;

const keysToBeSchema = z.object({
  url: z.string(),
  key: participantKeySchema,
  signingKey: z.string().optional(),
});

/** A newcomer's. */
export interface KeysToBe {
  readonly key: string;
  readonly signingKey: string;
}

export const keyPath = (workspace: string) => join(workspace, 'key.json');
const pathToBe = (workspace: string) => join(workspace, 'key-to-be.json');

/**
 * The identity to use at `url`: a key given by hand wins; else the kept one; else null.
 * Throws 'workspace-mismatch' when the workspace belongs to another coordinator.
 */
export async function readIdentity(
  workspace: string,
  url: string,
  givenKey?: string,
): Promise<Identity | null> {
  const kept = await keptIdentity(workspace);
  if (givenKey !== undefined) {
    return kept?.key === givenKey ? { ...kept, url } : { url, key: givenKey, participant: null };
  }
  if (kept !== null && kept.url !== url) {
    throw new ClientError(
      'workspace-mismatch',
      `the workspace ${workspace} belongs to ${kept.url}, not ${url}; use another workspace, or pass the key if the coordinator has moved`,
    );
  }
  return kept;
}

/** Is the address one at which this workspace has joined before? */
export async function hasJoinedAt(workspace: string, url: string): Promise<boolean> {
  return (await keptIdentity(workspace))?.url === url;
}

/**
 * A key is shown once and stands nowhere else: throws 'workspace-mismatch' where keeping `identity` would lose the key of
 * another participant.
 */
export async function assertKeepsKey(workspace: string, identity: Identity): Promise<void> {
  const kept = await keptIdentity(workspace);
  if (kept === null || kept.key === identity.key) return;
  if (isSame(kept, identity)) return;
  throw new ClientError(
    'workspace-mismatch',
    `the workspace ${workspace} holds the key of ${kept.participant ?? 'somebody'} at ${kept.url}, which stands nowhere else, ` +
      `and the key given is that of ${identity.participant ?? 'somebody else'}: use another workspace for it, or pass --replace-key to give up the one in ${keyPath(workspace)}`,
  );
}

interface Known {
  readonly participant: string | null;
  readonly participantId?: string | undefined;
}

/** By their ids where both are known. */
export function isSame(one: Known, other: Known): boolean {
  if (one.participant === null || one.participant !== other.participant) return false;
  const { participantId: id } = one;
  return id === undefined || other.participantId === undefined || id === other.participantId;
}

export async function keepIdentity(workspace: string, identity: Identity): Promise<void> {
  await writeAtomic(keyPath(workspace), asText(identity), 0o600);
  await rm(pathToBe(workspace), { force: true });
}

/** The keys to enrol with at `url`: those that a try before this kept, if they may have arrived there; else new ones. */
export async function keysToBe(workspace: string, url: string): Promise<KeysToBe> {
  const bytes = await readIfThere(pathToBe(workspace));
  const read = bytes === null ? undefined : keysToBeSchema.safeParse(jsonOf(bytes)).data;
  const kept = read?.url === url ? read : undefined;
  return {
    key: kept?.key ?? makeKey('participant'),
    signingKey: kept?.signingKey ?? makePrivateKey(),
  };
}

/** Before they are told. */
export async function keepKeysToBe(workspace: string, url: string, keys: KeysToBe): Promise<void> {
  await writeAtomic(pathToBe(workspace), asText({ url, ...keys }), 0o600);
}

const asText = (value: object) => `${JSON.stringify(value, null, 2)}\n`;

function jsonOf(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return undefined;
  }
}

/** Of a workspace that has joined somewhere; null for one that has not. Throws 'workspace-damaged'. */
export async function keptIdentity(workspace: string): Promise<Identity | null> {
  const path = keyPath(workspace);
  const bytes = await readIfThere(path);
  if (bytes === null) return null;
  const kept = identitySchema.safeParse(jsonOf(bytes));
  if (kept.success) return kept.data;
  throw new ClientError('workspace-damaged', `${path} is not a key file; remove it and pass the key by hand`);
}

/** Of a kept private key. Throws 'workspace-damaged' where it is none. */
export function signerOf(workspace: string, privateKey: string): Signer {
  const signer = openSigner(privateKey);
  if (signer !== null) return signer;
  throw new ClientError(
    'workspace-damaged',
    `${keyPath(workspace)} holds a signingKey that is none: restore the file from a copy, or have an admin run colora participants reset-signing-key, remove that line, and join again`,
  );
}
