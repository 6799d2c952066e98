// Joining: who this workspace is, and membership of the group. Enrolment yields a key, which is kept
// before anything else happens, since the coordinator shows it only once.
import { join } from 'node:path';
import { type ApiClient, createApiClient } from '@colora/protocol/api-client';
import type { TaskGroup } from '@colora/protocol/entities';
import type { Log } from '../client-log.ts';
import { retry } from '../line/backoff.ts';
import { type Transfers, usualPatienceSeconds } from '../line/transfers.ts';
import { openConnections } from '../proxy/connections.ts';
import { hasJoinedAt, keepIdentity, readIdentity } from '../workspace/identity.ts';
import { inTurn } from '../workspace/workspace-lock.ts';
import type { ClientOptions } from './client-options.ts';

export interface Entered {
  readonly api: ApiClient;
  /** For large bodies: checkpoints and contributions. */
  readonly transfers: Transfers;
  readonly key: () => string | null;
  readonly participant: string;
  readonly group: TaskGroup;
}

/** Small calls give up soon, so that a silent coordinator is asked anew. */
const callSeconds = 30;
/** A workspace that has never joined at this address may have a wrong one; for one that has, the coordinator is away. */
const firstContactSeconds = 60;

export async function enterGroup(options: ClientOptions, log: Log): Promise<Entered> {
  // Daemons of several groups may share a workspace: the first enrols, the others use its key.
  return await inTurn(join(options.workspace, '.enrolling'), options.signal, () => enter(options, log));
}

async function enter(options: ClientOptions, log: Log): Promise<Entered> {
  const url = options.url.replace(/\/+$/, '');
  const { workspace, group, signal, backoff } = options;
  let identity = await readIdentity(workspace, url, options.key);
  const hasJoined = await hasJoinedAt(workspace, url);
  const key = () => identity?.key ?? null;
  const connections = openConnections(options.proxy ?? {});
  const api = createApiClient(url, key, { timeoutSeconds: callSeconds, ...connections });
  const call = () =>
    api.call('joinGroup', {
      params: { group },
      body: {
        ...(options.name === undefined || identity !== null ? {} : { name: options.name }),
        ...(options.invitation === undefined ? {} : { invitation: options.invitation }),
      },
      signal,
    });
  const membership = await retry(call, {
    signal,
    log,
    doing: `joining ${group}`,
    firstContact: true,
    silenceSeconds: hasJoined ? undefined : firstContactSeconds,
    backoff,
  });
  const known = membership.key ?? identity?.key;
  if (known !== undefined) {
    identity = { url, key: known, participant: membership.participant };
    await keepIdentity(workspace, identity);
  }
  const transfers: Transfers = {
    url,
    connections,
    key,
    upload: options.guest?.upload,
    download: options.guest?.download,
    patienceSeconds: options.patienceSeconds ?? usualPatienceSeconds,
  };
  return { api, transfers, key, participant: membership.participant, group: membership.group };
}
