// Traces as coordinator and daemon tell them: pieces of work with a name and a few facts, each inside of another. Off unless an address
// of a collector is given, and then nothing of OpenTelemetry is loaded. How they travel is otlp-tracing.ts's, what may leave
// is allowed-attributes.ts's.
import type { TracerProvider } from '@opentelemetry/api';
import type { Attributes } from './allowed-attributes.ts';

export interface WorkOptions {
  readonly attributes?: Attributes;
  /** Only as a part of other work: where nothing is under way, nothing is told. */
  readonly onlyInside?: boolean;
}

export interface Tracing {
  /** Does the work and answers as it does; what goes wrong is told by the error's kind, not by its words. */
  during<Answer>(name: string, work: () => Promise<Answer>, options?: WorkOptions): Promise<Answer>;
  /** Adds to the work under way. */
  note(attributes: Attributes): void;
  /** Says what led to the work under way, each as `current` named it; what can't be read is left out. */
  link(works: readonly (string | null)[]): void;
  /** Does what was only set off by the work under way, and is no part of it. */
  apart<Answer>(work: () => Answer): Answer;
  /** Names the work under way as a W3C traceparent; null where there is none. */
  current(): string | null;
  /** For instruments of others; null while it is off. */
  readonly provider: TracerProvider | null;
  /** Sends what is left. Never rejects. */
  close(): Promise<void>;
}

export interface TracingOptions {
  /** The collector's address (OTLP over HTTP, as JSON), without /v1/traces; undefined: off. */
  readonly endpoint: string | undefined;
  /** Which program this is: colora-coordinator, colora-member. */
  readonly service: string;
  readonly version: string;
  /** What goes to the collector goes by it; default: the platform's. */
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>;
}

export const noTracing: Tracing = {
  during: (_name, work) => work(),
  apart: (work) => work(),
  note: () => undefined,
  link: () => undefined,
  current: () => null,
  provider: null,
  close: async () => undefined,
};
