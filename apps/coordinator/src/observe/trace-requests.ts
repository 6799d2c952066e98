// Each request as a part of the trace that its traceparent names: Fastify's own instrument, loaded only when tracing is on.
import type { Tracing } from '@colora/tracing/tracing';
import type { FastifyInstance } from 'fastify';

/** What is to be registered before anything else; undefined while tracing is off. */
export async function requestTracing({
  provider,
}: Tracing): Promise<((app: FastifyInstance) => void) | undefined> {
  if (provider === null) return undefined;
  const { FastifyOtelInstrumentation } = await import('@fastify/otel');
  const instrument = new FastifyOtelInstrumentation({
    ignorePaths: ({ url }) => unwatched.includes(url),
    instrumentHooks: false,
    recordExceptions: false,
    requestHook: (span, { method, routeOptions }) => span.updateName(`${method} ${routeOptions.url ?? ''}`),
  });
  instrument.setTracerProvider(provider);
  return (app) => void app.register(instrument.plugin());
}

/** Asked every few seconds by monitors. */
const unwatched = ['/health', '/ready', '/metrics'];
