// fetch by node:http, for a command that asks a few questions and ends: before its first answer the platform's own loads and compiles a
// parser, which takes such a command a third of all its time. Answers in JSON have what the API client reads of them (status, headers,
// body); all others are whole Responses. Redirects are not followed, and nothing packed is asked for.
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { Readable } from 'node:stream';
import type { FetchUrl } from '@colora/protocol/api-client';

/** Takes bodies that are a text or bytes, as the door that lists them does. Rejects with the system's error, or the signal's reason. */
export const quickFetch: FetchUrl = (url, { method = 'GET', headers = {}, body, signal } = {}) =>
  new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const send = new URL(url).protocol === 'https:' ? httpsRequest : httpRequest;
    const asked = send(url, {
      method,
      headers: headers as Record<string, string>,
      ...(signal ? { signal } : {}),
    });
    const fail = (error: Error) => reject(signal?.aborted ? signal.reason : error);
    asked.on('error', fail);
    asked.on('response', (answer) => {
      answer.on('error', () => undefined); // who reads the body hears of it
      resolve(answerOf(answer));
    });
    asked.end(body ?? undefined);
  });

const isJson = (type: string) => /^application\/(\w+\+)?json\b/i.test(type);

function answerOf(message: IncomingMessage): Response {
  const { statusCode: status = 0, headersDistinct, headers: first } = message;
  const body = Readable.toWeb(message) as ReadableStream<Uint8Array>;
  if (!isJson(first['content-type'] ?? '')) {
    const headers = Object.entries(headersDistinct).flatMap(([name, values = []]) =>
      values.map((value): [string, string] => [name, value]),
    );
    const isBodiless = status === 204 || status === 205 || status === 304;
    return new Response(isBodiless ? null : body, { status, headers });
  }
  const get = (name: string) => headersDistinct[name.toLowerCase()]?.join(', ') ?? null;
  const answer: Pick<Response, 'status' | 'ok' | 'body'> & { readonly headers: Pick<Headers, 'get'> } = {
    ...{ status, body, ok: status >= 200 && status < 300 },
    headers: { get },
  };
  return answer as Response;
}
