// From settings to tracing: nothing of OpenTelemetry's is loaded where it is off.
import { noTracing, type Tracing, type TracingOptions } from './tracing.ts';

export async function openTracing({ endpoint, ...service }: TracingOptions): Promise<Tracing> {
  if (endpoint === undefined) return noTracing;
  const { openOtlpTracing } = await import('./otlp-tracing.ts');
  return openOtlpTracing({ endpoint, ...service });
}
