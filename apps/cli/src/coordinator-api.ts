// How operators' and admins' commands reach the coordinator: the flags they share, and the client made
// from them.
import type { SentList } from '@colora/client/proxy/sent-list';
import type { ApiClient } from '@colora/protocol/api-client';
import type { Command } from 'commander';
import { config } from './config.ts';
import { type AccessFlags, accessTo, withAccessFlags } from './flags/access-flags.ts';
import { readUrl } from './flags/option-values.ts';
import { chooseUrl, usualUrl } from './remembered/choose-profile.ts';

export interface ApiFlags extends AccessFlags {
  readonly url: string;
  readonly json?: boolean;
}

/** Adds --url, which is the environment's or the one that is remembered where nobody says it. `without`: flags with which none is asked. */
export function withUrlFlag(command: Command, without: readonly string[] = []): Command {
  return command
    .option('--url <url>', `address of the coordinator (or COLORA_URL; default: ${urlDefault})`, readUrl)
    .hook('preAction', async (_, acting) => {
      const flags = acting.opts();
      if (['url', ...without].some((flag) => flags[flag] !== undefined)) return;
      acting.setOptionValueWithSource('url', await urlFor(), 'config');
    });
}

export const urlDefault = `the one that is remembered, else ${usualUrl}`;

/** Throws UsageError where several are remembered. */
async function urlFor(): Promise<string> {
  if (config.url !== undefined) return config.url;
  const { readWholeProfiles } = await import('./remembered/profile-files.ts');
  return chooseUrl(await readWholeProfiles(config.configFolder), 'logins-first');
}

/** Adds --url, --json and those of access. */
export function withApiFlags(command: Command, without: readonly string[] = []): Command {
  const keyHelp = 'API key (or COLORA_KEY, COLORA_KEY_FILE, or what colora login kept)';
  return withAccessFlags(withUrlFlag(command, without), keyHelp).option('--json', 'print JSON');
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
  const api = createApiClient(
    flags.url,
    () => key ?? null,
    openConnections(config.line, sent ?? unlisted, 'quick'),
  );
  return { api, hasKey: key !== undefined };
}

/** The same with the workspace's own key where no other is said or kept, if it joined at that coordinator. */
export async function openAccessOf(
  workspace: string,
  flags: AccessFlags & Pick<ApiFlags, 'url'>,
): Promise<Awaited<ReturnType<typeof openAccess>>> {
  const { sentListOf } = await import('@colora/client/sent/sent-list-of');
  const sent = await sentListOf(workspace);
  const own = await openAccess(flags, sent);
  if (own.hasKey) return own;
  const { accessOfWorkspace } = await import('@colora/client/workspace-api');
  const access = await accessOfWorkspace(workspace);
  return access?.url === flags.url ? await openAccess({ ...flags, key: access.key }, sent) : own;
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
