// How operators' and admins' commands reach the coordinator: the flags they share, and the client made
// from them.
import type { ApiClient } from '@colora/protocol/api-client';
import type { Command } from 'commander';
import { config } from './config.ts';
import { readKey, readUrl } from './flags/option-values.ts';

export interface ApiFlags {
  readonly url: string;
  readonly key?: string;
  readonly json?: boolean;
}

/** Adds --url, --key and --json. */
export function withApiFlags(command: Command): Command {
  return command
    .option('--url <url>', 'address of the coordinator (or COLORA_URL)', readUrl, config.url)
    .option('--key <key>', 'API key (or COLORA_KEY)', readKey)
    .option('--json', 'print JSON');
}

export async function openApi(flags: Pick<ApiFlags, 'url' | 'key'>): Promise<ApiClient> {
  const { createApiClient } = await import('@colora/protocol/api-client');
  const { openConnections } = await import('@colora/client/proxy/connections');
  const key = flags.key ?? config.key ?? null;
  return createApiClient(flags.url, () => key, openConnections(config.proxy));
}

/** --limit and --offset of the listing commands. */
export interface PageFlags {
  readonly limit: number;
  readonly offset: number;
}
