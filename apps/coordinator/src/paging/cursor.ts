// The text that stands for a place in a listing. To a caller it is opaque: it may come back as it was, and means nothing else. It
// holds what the last row shown says in the listing's order, nothing that the caller was not shown, and it does not expire.
import { mostInteger, plain, saidInstant } from '@colora/protocol/bounds/bounded';
import { ProblemError } from '@colora/protocol/problems';
import { z } from 'zod';
import type { Column, Key, Order } from './order.ts';

const keySchemas = {
  text: plain(300),
  number: z.int().min(-mostInteger).max(mostInteger),
  time: saidInstant.transform((text) => new Date(text)),
  flag: z.boolean(),
} as const satisfies Record<Column['kind'], z.ZodType>;

/** `listing`: the route's name, so that a cursor of one listing is refused by another. */
export function writeCursor(listing: string, { name }: Order, keys: readonly Key[]): string {
  return Buffer.from(JSON.stringify([listing, name, ...keys])).toString('base64url');
}

/** Throws invalid-request for a text that this listing, so ordered, never gave. */
export function readCursor(listing: string, { name, columns }: Order, cursor: string): Key[] {
  const parts = partsOf(cursor);
  const [from, by, ...keys] = parts;
  const read = keys.map((key, at) => {
    const column = columns[at];
    return column === undefined ? { success: false as const } : keySchemas[column.kind].safeParse(key);
  });
  const isOurs = from === listing && by === name && keys.length === columns.length;
  if (isOurs && read.every(({ success }) => success)) return read.map((key) => (key as { data: Key }).data);
  throw new ProblemError(
    'invalid-request',
    'cursor: is none that this listing gave in this order: begin anew without one',
  );
}

function partsOf(cursor: string): unknown[] {
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    return Array.isArray(parts) ? parts : [];
  } catch {
    return [];
  }
}
