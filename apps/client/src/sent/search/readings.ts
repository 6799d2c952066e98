// A body as it left, and as it reads once encodings that anybody can undo are undone: compression, base64, percent signs, escapes
// of JSON; one inside the other too. Pure.
import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib';
import { parseJson } from '@colora/protocol/api-client';
import { textsIn } from './needles.ts';

export interface Reading {
  /** What was undone, in order; empty: as it left. */
  readonly undone: readonly string[];
  readonly bytes: Uint8Array;
}

const mostDepth = 3;
/** Of one reading: what unpacks to more is a bomb. */
const mostBytes = 256_000_000;
const limit = { maxOutputLength: mostBytes };

const unpackers: Readonly<Record<string, (bytes: Uint8Array) => Uint8Array>> = {
  gzip: (bytes) => gunzipSync(bytes, limit),
  zlib: (bytes) => inflateSync(bytes, limit),
  brotli: (bytes) => brotliDecompressSync(bytes, limit),
};
const begins: Readonly<Record<string, (bytes: Uint8Array) => boolean>> = {
  gzip: ([first, second]) => first === 0x1f && second === 0x8b,
  zlib: ([first = 0, second = 0]) => (first & 0x0f) === 8 && (first * 256 + second) % 31 === 0,
  brotli: () => true, // nothing marks one
};

export function readingsOf(bytes: Uint8Array, undone: readonly string[] = []): Reading[] {
  const self = { undone, bytes };
  if (undone.length === mostDepth || bytes.byteLength === 0) return [self];
  const further = [...unpacked(bytes), ...plainer(bytes)];
  return [self, ...further.flatMap(([what, inner]) => readingsOf(inner, [...undone, what]))];
}

function unpacked(bytes: Uint8Array): [string, Uint8Array][] {
  return Object.entries(unpackers).flatMap(([name, unpack]): [string, Uint8Array][] => {
    if (!begins[name]!(bytes)) return [];
    try {
      const inner = unpack(bytes);
      return inner.byteLength > 0 ? [[name, inner]] : [];
    } catch {
      return []; // it only began like one
    }
  });
}

/** Of text: what escapes and base64 stand for. */
function plainer(bytes: Uint8Array): [string, Uint8Array][] {
  const text = textOf(bytes);
  if (text === null) return [];
  const found: [string, Uint8Array][] = [];
  const texts = textsIn(parseJson(text));
  if (texts.length > 0) found.push(['JSON', Buffer.from(texts.join('\n'))]);
  if (/%[0-9a-f]{2}/i.test(text)) found.push(['percent signs', percentless(text)]);
  for (const [run] of text.matchAll(/[A-Za-z0-9+/_-]{16,}={0,2}/g)) {
    found.push(['base64', Buffer.from(run, 'base64url')]);
    if (found.length > mostRuns) break;
  }
  return found;
}

const mostRuns = 100;

const percentless = (text: string) =>
  Buffer.from(
    text
      .replaceAll('+', ' ')
      .replace(/%([0-9a-f]{2})/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  );

function textOf(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}
