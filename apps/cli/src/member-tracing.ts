// The daemon's traces, where the environment names a collector.
import type { Tracing } from '@colora/tracing/tracing';
import packageJson from '../package.json' with { type: 'json' };
import { config } from './config.ts';

/** `workspace`: in whose list it stands what is sent there. */
export async function openMemberTracing(workspace: string): Promise<Tracing> {
  const { openTracing } = await import('@colora/tracing/open-tracing');
  const { openConnections } = await import('@colora/client/proxy/connections');
  const { openSentList } = await import('@colora/client/sent/open-sent-list');
  const { fetch } = openConnections(config.line, openSentList(workspace));
  const { version } = packageJson;
  return await openTracing({ endpoint: config.tracesTo, service: 'colora-member', version, fetch });
}
