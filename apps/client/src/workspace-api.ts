// The coordinator that a workspace belongs to, asked with the workspace's own key by commands that are no daemon: they give up on
// one that is silent.
import { type ApiClient, createApiClient } from '@colora/protocol/api-client';
import { ClientError } from './client-error.ts';
import type { Log } from './client-log.ts';
import { openConnections } from './proxy/connections.ts';
import { assertMaySendKey, isPlainAddress, plainAddressWarning } from './proxy/plain-address.ts';
import type { LineSettings } from './proxy/ways.ts';
import { openSentList } from './sent/open-sent-list.ts';
import { type Identity, keptIdentity } from './workspace/identity.ts';

export interface Asking {
  readonly line: LineSettings;
  readonly insecure?: boolean;
  readonly log: Log;
}

export const silenceSeconds = 10;

/** Where the workspace joined, and its key there; null where it joined nowhere, or its file is damaged. */
export async function accessOfWorkspace(workspace: string): Promise<Pick<Identity, 'url' | 'key'> | null> {
  const identity = await keptIdentity(workspace).catch(() => null);
  return identity === null ? null : { url: identity.url, key: identity.key };
}

/** Throws ClientError 'not-joined' where the workspace has no key, and 'plain-address'. */
export async function openWorkspaceApi(
  workspace: string,
  { line, insecure = false, log }: Asking,
): Promise<{ readonly api: ApiClient; readonly identity: Identity }> {
  const identity = await keptIdentity(workspace);
  if (identity === null)
    throw new ClientError(
      'not-joined',
      `the workspace ${workspace} has no key to ask with; join a group first`,
    );
  assertMaySendKey(identity.url, insecure);
  if (isPlainAddress(identity.url)) log('warn', plainAddressWarning(identity.url));
  const api = createApiClient(identity.url, () => identity.key, {
    timeoutSeconds: silenceSeconds,
    ...openConnections(line, openSentList(workspace, { log })),
  });
  return { api, identity };
}
