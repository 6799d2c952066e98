// How operators' and admins' commands reach the coordinator: the flags they share, and the client made
// from them.
import type { SentList } from '@colora/client/proxy/sent-list';
import type { ApiClient } from '@colora/protocol/api-client';
import type { Command } from 'commander';
import { config } from './config.ts';
import { type AccessFlags, accessTo, withAccessFlags } from './flags/access-flags.ts';
import { readUrl } from './flags/option-values.ts';

export interface ApiFlags extends AccessFlags {
  readonly url: string;
  readonly json?: boolean;
}

/** Adds --url. */
export function withUrlFlag(command: Command): Command {
  return command.option('--url <url>', 'address of the coordinator (or COLORA_URL)', readUrl, config.url);
}

/** Adds --url, --json and those of access. */
export function withApiFlags(command: Command): Command {
  const keyHelp = 'API key (or COLORA_KEY, COLORA_KEY_FILE, or what colora login kept)';
  return withAccessFlags(withUrlFlag(command), keyHelp).option('--json', 'print JSON');
}

export async function openApi(flags: AccessFlags & Pick<ApiFlags, 'url'>): Promise<ApiClient> {
  return (await openAccess(flags)).api;
}

/** The same, and whether there is a key. `sent`: a workspace's list of what leaves. Throws ClientError 'plain-address' where it may not travel. */
export async function openAccess(
  flags: AccessFlags & Pick<ApiFlags, 'url'>,
  sent?: SentList,
): Promise<{ readonly api: ApiClient; readonly hasKey: boolean }> {
  const { createApiClient } = await import('@colora/protocol/api-client');
  const { openConnections } = await import('@colora/client/proxy/connections');
  const { unlisted } = await import('@colora/client/proxy/sent-list');
  const { assertMaySendKey } = await import('@colora/client/proxy/plain-address');
  const { key, insecure } = await accessTo(flags.url, flags, 'own');
  if (key !== undefined) assertMaySendKey(flags.url, insecure);
  const api = createApiClient(flags.url, () => key ?? null, openConnections(config.line, sent ?? unlisted));
  return { api, hasKey: key !== undefined };
}

/** Null where this key may not know it, and of a coordinator that doesn't tell it. */
export async function ifKnown<Answer>(asked: Promise<Answer>): Promise<Answer | null> {
  const { ApiProblem } = await import('@colora/protocol/api-client');
  try {
    return await asked;
  } catch (error) {
    if (error instanceof ApiProblem && ['wrong-role', 'unknown-route'].includes(error.problem.code))
      return null;
    throw error;
  }
}
