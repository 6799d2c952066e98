// Spans to a collector by OTLP over HTTP, as JSON, by a fetch that is given: so whoever lists what leaves can list them too. What
// can pass is tried again a few times with growing pauses (OTLP 1.9, "Retryable Response Codes"); what is lost after that is lost.
import { setTimeout as sleep } from 'node:timers/promises';
import { JsonTraceSerializer } from '@opentelemetry/otlp-transformer';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-base';

type Send = (url: string, init: RequestInit) => Promise<Response>;

/** ExportResultCode's, which is another package's. */
const success = 0;
const failed = 1;

const mostTries = 5;
const firstPauseMs = 1000;
const patienceMs = 10_000;
const passing = new Set([429, 502, 503, 504]);

export function otlpExporter(url: string, send: Send): SpanExporter {
  const closing = new AbortController();
  const underWay = new Set<Promise<void>>();
  return {
    export(spans, done) {
      const sending = post(url, send, spans, closing.signal).then(
        () => done({ code: success }),
        (error: Error) => done({ code: failed, error }),
      );
      underWay.add(sending);
      sending.finally(() => underWay.delete(sending));
    },
    async forceFlush() {
      await Promise.all(underWay);
    },
    /** What is under way has its try, and no other. */
    async shutdown() {
      closing.abort();
      await Promise.all(underWay);
    },
  };
}

async function post(url: string, send: Send, spans: ReadableSpan[], closing: AbortSignal): Promise<void> {
  const body = JsonTraceSerializer.serializeRequest(spans) as Uint8Array<ArrayBuffer>;
  for (let tries = 1; ; tries += 1) {
    const status = await statusOf(url, send, body);
    if (status !== null && status <= 299) return;
    if ((status !== null && !passing.has(status)) || tries === mostTries || closing.aborted)
      throw new Error(`the collector ${status === null ? 'cannot be reached' : `answers ${status}`}`);
    const pause = firstPauseMs * 2 ** (tries - 1) * (0.8 + 0.4 * Math.random());
    await sleep(pause, undefined, { signal: closing }).catch(() => undefined);
  }
}

/** Null where nobody answers. */
async function statusOf(url: string, send: Send, body: Uint8Array<ArrayBuffer>): Promise<number | null> {
  const signal = AbortSignal.timeout(patienceMs);
  const headers = { 'content-type': 'application/json' };
  try {
    const answer = await send(url, { method: 'POST', headers, body, signal, redirect: 'manual' });
    await answer.body?.cancel();
    return answer.status;
  } catch {
    return null;
  }
}
