// A verdict in the light of what the members of its group have told by now: for `colora verdict --ask`, with a workspace alone.
// What a daemon does at its group's end is round/hear-group.ts.
import { createApiClient } from '@colora/protocol/api-client';
import { ClientError } from './client-error.ts';
import type { Log } from './client-log.ts';
import { type LineSettings, openConnections } from './proxy/connections.ts';
import { assertMaySendKey, isPlainAddress, plainAddressWarning } from './proxy/plain-address.ts';
import { askGroup } from './round/hear-group.ts';
import { readVerdict } from './trained.ts';
import { groupPaths } from './workspace/group-workspace.ts';
import type { GuardReport } from './workspace/guard-store.ts';
import { keptIdentity } from './workspace/identity.ts';

/** A command is not a daemon: it gives up on a silent coordinator. */
const silenceSeconds = 10;

/**
 * Asks the coordinator that the workspace belongs to, tells it nothing, and keeps what it hears for predictions too. Throws
 * ClientError 'not-joined' where there is no verdict, 'plain-address', NetworkProblem where nobody answers.
 */
export async function hearVerdict(
  workspace: string,
  group: string,
  {
    line,
    insecure = false,
    log,
  }: { readonly line: LineSettings; readonly insecure?: boolean; readonly log: Log },
): Promise<GuardReport> {
  const report = await readVerdict(workspace, group);
  const identity = await keptIdentity(workspace);
  if (identity === null) {
    throw new ClientError(
      'not-joined',
      `the workspace ${workspace} has no key to ask with; join the group ${group} again`,
    );
  }
  assertMaySendKey(identity.url, insecure);
  if (isPlainAddress(identity.url)) log('warn', plainAddressWarning(identity.url));
  const api = createApiClient(identity.url, () => identity.key, {
    timeoutSeconds: silenceSeconds,
    ...openConnections(line),
  });
  const options = { signal: new AbortController().signal, silenceSeconds };
  return await askGroup(
    { api, log, options, group: { name: group }, paths: groupPaths(workspace, group) },
    report,
  );
}
