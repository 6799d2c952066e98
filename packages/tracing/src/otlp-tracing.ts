// Traces by OpenTelemetry's SDK, sent to a collector by OTLP over HTTP as JSON. Loaded only when tracing is on.
import {
  type Context,
  context,
  propagation,
  ROOT_CONTEXT,
  type SpanContext,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { parseTraceParent, W3CTraceContextPropagator } from '@opentelemetry/core';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  type ReadableSpan,
  type SpanExporter,
} from '@opentelemetry/sdk-trace-base';
import { allowedAttributes } from './allowed-attributes.ts';
import { otlpExporter } from './otlp-exporter.ts';
import type { Tracing, TracingOptions } from './tracing.ts';

const sendEveryMs = 1_000;

export function openOtlpTracing({
  endpoint,
  service,
  version,
  fetch: send = fetch,
}: TracingOptions & { readonly endpoint: string }): Tracing {
  // both are the process's: what is under way is known across awaits, and comes and goes in headers
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  const exporter = otlpExporter(`${endpoint.replace(/\/+$/, '')}/v1/traces`, send);
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({ 'service.name': service, 'service.version': version }),
    spanProcessors: [new BatchSpanProcessor(allowedOnly(exporter), { scheduledDelayMillis: sendEveryMs })],
  });
  const tracer = provider.getTracer(service, version);
  return {
    provider,
    async during(name, work, { attributes = {}, onlyInside = false } = {}) {
      const around = context.active();
      if (onlyInside && trace.getSpan(around) === undefined) return await work();
      const span = tracer.startSpan(name, { attributes }, around);
      try {
        return await context.with(trace.setSpan(around, span), work);
      } catch (error) {
        span.setStatus({ code: SpanStatusCode.ERROR });
        span.setAttribute('error.type', kindOf(error));
        throw error;
      } finally {
        span.end();
      }
    },
    apart: (work) => context.with(ROOT_CONTEXT, work),
    note: (attributes) => void trace.getActiveSpan()?.setAttributes(attributes),
    link: (works) => void trace.getActiveSpan()?.addLinks(works.flatMap(linkTo)),
    current: () => traceParentOf(context.active()),
    close: () => provider.shutdown().catch(() => undefined),
  };
}

function linkTo(traceParent: string | null): { context: SpanContext }[] {
  const found = traceParent === null ? null : parseTraceParent(traceParent);
  return found === null ? [] : [{ context: found }];
}

function traceParentOf(active: Context): string | null {
  if (active === ROOT_CONTEXT) return null;
  const carrier: { traceparent?: string } = {};
  propagation.inject(active, carrier);
  return carrier.traceparent ?? null;
}

/** A code of ours or the system's, else the class. */
function kindOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}

/** The last door: whatever was noted, only what is allowed leaves. */
function allowedOnly(exporter: SpanExporter): SpanExporter {
  return {
    export: (spans, done) => exporter.export(spans.map(withAllowed), done),
    shutdown: () => exporter.shutdown(),
    forceFlush: async () => await exporter.forceFlush?.(),
  };
}

function withAllowed(span: ReadableSpan): ReadableSpan {
  return Object.create(span, {
    attributes: { value: allowedAttributes(span.attributes) },
    events: { value: [] },
    links: { value: span.links.map((link) => ({ context: link.context })) },
    status: { value: { code: span.status.code } },
  }) as ReadableSpan;
}
