// The daemon's traces, where the environment names a collector.
import type { Tracing } from '@colora/tracing/tracing';
import packageJson from '../package.json' with { type: 'json' };
import { config } from './config.ts';

export async function openMemberTracing(): Promise<Tracing> {
  const { openTracing } = await import('@colora/tracing/open-tracing');
  const { version } = packageJson;
  return await openTracing({ endpoint: config.tracesTo, service: 'colora-member', version });
}
