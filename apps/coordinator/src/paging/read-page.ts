// One page of a listing: its rows, where the next page begins, and how many there are altogether. All listings over REST are read
// here; which rows and in which order they say.
import { mostCounted } from '@colora/protocol/paging/page';
import { readCursor, writeCursor } from './cursor.ts';
import { type Key, keysOf, type Order, orderByOf, whereAfter } from './order.ts';

export interface PageQuery {
  readonly limit: number;
  readonly cursor?: string | undefined;
}

/** What to read, in Prisma's words. */
export interface Part {
  readonly where: object;
  readonly orderBy: object[];
  readonly take: number;
}

export interface Listing<Row extends object> {
  /** The route's name. */
  readonly name: string;
  readonly order: Order;
  /** `after`: for who writes SQL, the keys of the row before; null from the first on. */
  readonly find: (part: Part, after: readonly Key[] | null) => PromiseLike<Row[]>;
  /** Counts at most so many; left out where how many there are is not told. */
  readonly count?: (most: number) => PromiseLike<number>;
}

export interface Page<Row> {
  readonly rows: Row[];
  /** Null where they are more than mostCounted, or not counted. */
  readonly total: number | null;
  /** Null where this was the last. */
  readonly next: string | null;
}

/** One row more than wanted is read: whether there is a next page is known without counting. */
export async function readPage<Row extends object>(
  { limit, cursor }: PageQuery,
  { name, order, find, count }: Listing<Row>,
): Promise<Page<Row>> {
  const after = cursor === undefined ? null : readCursor(name, order, cursor);
  const where = after === null ? {} : whereAfter(order, after);
  const [found, counted] = await Promise.all([
    find({ where, orderBy: orderByOf(order), take: limit + 1 }, after),
    count === undefined ? null : count(mostCounted + 1),
  ]);
  const rows = found.slice(0, limit);
  const last = found.length > limit ? rows.at(-1) : undefined;
  return {
    rows,
    total: counted === null || counted > mostCounted ? null : counted,
    next: last === undefined ? null : writeCursor(name, order, keysOf(order, last)),
  };
}
