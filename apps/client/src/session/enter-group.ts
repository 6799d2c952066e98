// Joining: who this workspace is, and membership of the group. First the coordinator is asked what joining would answer,
// and everything that can fail is prepared by it; only then is anyone enrolled, under a key that is kept here beforehand: who
// is cut off or killed meanwhile asks again with it and is the same participant.
import { join } from 'node:path';
import type { JoinOffer } from '@colora/protocol/accounts/join-offer';
import type { Machine } from '@colora/protocol/accounts/machine';
import { type ApiClient, createApiClient } from '@colora/protocol/api-client';
import type { TaskGroup } from '@colora/protocol/entities';
import { makePrivateKey } from '@colora/protocol/proofs/signatures';
import { noTracing } from '@colora/tracing/tracing';
import type { Log } from '../client-log.ts';
import { retry } from '../line/backoff.ts';
import { type Transfers, usualPatienceSeconds } from '../line/transfers.ts';
import { assertMaySendKey } from '../proxy/plain-address.ts';
import { traced } from '../proxy/traced-connections.ts';
import {
  assertKeepsKey,
  hasJoinedAt,
  isSame,
  keepIdentity,
  keepKeysToBe,
  keptIdentity,
  keysToBe,
  readIdentity,
  signerOf,
} from '../workspace/identity.ts';
import { inTurn } from '../workspace/workspace-lock.ts';
import type { ClientOptions } from './client-options.ts';
import { connectionsOf } from './connections-of.ts';
import { assertSignsAs, type ProofKeys, trustedKeyOf } from './known-keys.ts';

/** Who will train in which group; nobody is a member yet. */
export interface Membership {
  readonly participant: string;
  readonly group: TaskGroup;
  /** Null for who is a member already, and from an earlier coordinator. */
  readonly offer: JoinOffer | null;
  /** The latest round that a contribution of this participant was made for; null: none was, or an earlier coordinator doesn't tell. */
  readonly contributedTo: number | null;
}

export interface Entered<Prepared> extends Pick<Membership, 'participant' | 'group' | 'contributedTo'> {
  readonly api: ApiClient;
  /** For large bodies: checkpoints and contributions. */
  readonly transfers: Transfers;
  readonly key: () => string | null;
  readonly keys: ProofKeys;
  readonly prepared: Prepared;
}

/** What the coordinator is to know of the member beside who it is; what isn't in it isn't told. */
export interface Told {
  readonly labels?: readonly string[] | undefined;
  readonly machine?: Machine | undefined;
}

type ToldOf<Prepared> = (prepared: Prepared, group: TaskGroup) => Told;

/** What it takes to become a member. */
export type EnterOptions = Pick<
  ClientOptions,
  | 'url'
  | 'group'
  | 'workspace'
  | 'key'
  | 'replaceKey'
  | 'coordinatorKey'
  | 'name'
  | 'invitation'
  | 'line'
  | 'keepBodies'
  | 'tracing'
  | 'insecure'
  | 'signal'
  | 'backoff'
  | 'guest'
  | 'patienceSeconds'
>;

/** Small calls give up soon, so that a silent coordinator is asked anew. */
const callSeconds = 30;
/** A workspace that has never joined at this address may have a wrong one; for one that has, the coordinator is away. */
const firstContactSeconds = 60;

/**
 * `prepare` opens whatever a member needs; where it throws, nobody was enrolled, no invitation used and no key touched.
 * Throws what it throws, ClientError 'workspace-mismatch', 'untrusted-coordinator' and 'plain-address', and refusals of the coordinator.
 */
export async function enterGroup<Prepared>(
  options: EnterOptions,
  log: Log,
  prepare: (membership: Membership) => Promise<Prepared>,
  toldOf: ToldOf<Prepared> = () => ({}),
): Promise<Entered<Prepared>> {
  const { workspace, signal } = options;
  assertMaySendKey(addressOf(options), options.insecure === true);
  const work = () => enter(options, log, prepare, toldOf);
  const known = await readIdentity(workspace, addressOf(options), options.key);
  if (known?.signingKey !== undefined && known.coordinatorKey !== undefined) return await work();
  // Daemons of several groups may share a workspace: the first that can enrols or makes a key to sign with, the others use them.
  return await inTurn(join(workspace, '.enrolling'), signal, work);
}

const idOf = (participantId: string | undefined) => (participantId === undefined ? {} : { participantId });

const addressOf = ({ url }: EnterOptions) => url.replace(/\/+$/, '');

async function enter<Prepared>(
  options: EnterOptions,
  log: Log,
  prepare: (membership: Membership) => Promise<Prepared>,
  toldOf: ToldOf<Prepared>,
): Promise<Entered<Prepared>> {
  const url = addressOf(options);
  const { workspace, group, invitation, signal, backoff } = options;
  const identity = await readIdentity(workspace, url, options.key);
  const hasJoined = await hasJoinedAt(workspace, url);
  const toBe = identity === null ? await keysToBe(workspace, url) : null;
  const ownKey = identity?.key ?? toBe!.key;
  let isKnown = identity !== null;
  const key = () => (isKnown ? ownKey : null);
  const connections = traced(connectionsOf(options, log), options.tracing ?? noTracing);
  const api = createApiClient(url, key, { timeoutSeconds: callSeconds, ...connections });
  const ask =
    (name: string | undefined, signingKey?: string, told: Told = {}) =>
    () =>
      api.call('joinGroup', {
        params: { group },
        body: {
          ...(isKnown ? {} : { name, key: ownKey }),
          ...(invitation === undefined ? {} : { invitation }),
          ...(signingKey === undefined ? { check: true } : { signingKey }),
          ...(told.labels === undefined ? {} : { labels: [...told.labels] }),
          ...(told.machine === undefined ? {} : { machine: told.machine }),
        },
        signal,
      });
  const trying = { signal, log, doing: `joining ${group}`, backoff };
  const silenceSeconds = hasJoined ? undefined : firstContactSeconds;
  const expected = await retry(ask(options.name), { ...trying, firstContact: true, silenceSeconds });
  const { participant, participantId } = expected;
  if (identity !== null && options.name !== undefined && options.name !== participant) {
    log(
      'warn',
      `this workspace is ${participant}'s and stays so, not ${options.name}'s: for another participant name another workspace`,
    );
  }
  if (identity !== null && !options.replaceKey) {
    await assertKeepsKey(workspace, { ...identity, participant, ...idOf(participantId) });
  }
  const file = await keptIdentity(workspace);
  const kept =
    file !== null && (file.key === ownKey || isSame(file, { participant, participantId })) ? file : null; // another's goes with its key
  const pinned = { kept: kept?.coordinatorKey, told: options.coordinatorKey };
  const coordinatorKey = await trustedKeyOf(api, pinned, trying);
  const signingKey = toBe?.signingKey ?? kept?.signingKey ?? makePrivateKey();
  const signer = signerOf(workspace, signingKey);
  assertSignsAs(participant, expected.signingKey, signer, workspace);
  const { offer = null, contributedTo = null } = expected;
  const prepared = await prepare({ participant, group: expected.group, offer, contributedTo });
  // before it is told: what the coordinator knows a participant by is not to be lost with the answer
  const own = { url, key: ownKey, participant, signingKey, coordinatorKey };
  const keep = (id: string | undefined) => keepIdentity(workspace, { ...own, ...idOf(id) });
  await (toBe === null ? keep(participantId) : keepKeysToBe(workspace, url, { key: ownKey, signingKey }));
  const told = toldOf(prepared, expected.group);
  const membership = await retry(ask(participant, signer.publicKey, told), trying);
  isKnown = true;
  if (toBe !== null) await keep(membership.participantId);
  const transfers: Transfers = {
    url,
    connections,
    key,
    upload: options.guest?.upload,
    download: options.guest?.download,
    patienceSeconds: options.patienceSeconds ?? usualPatienceSeconds,
  };
  const keys = { signer, coordinatorKey };
  return { api, transfers, key, keys, participant, group: membership.group, contributedTo, prepared };
}
