// Connections whose requests say which work they are a part of (W3C traceparent), where that is traced: then the coordinator's own
// share of it stands in the same trace.
import type { Tracing } from '@colora/tracing/tracing';
import type { Connections } from './connections.ts';

export function traced(connections: Connections, tracing: Tracing): Connections {
  if (tracing.provider === null) return connections;
  const named = (): Record<string, string> => {
    const traceparent = tracing.current();
    return traceparent === null ? {} : { traceparent };
  };
  return {
    ...connections,
    fetch: (url, init = {}) =>
      connections.fetch(url, {
        ...init,
        headers: { ...(init.headers as Record<string, string>), ...named() },
      }),
    upload: (upload) => connections.upload({ ...upload, headers: { ...upload.headers, ...named() } }),
  };
}
