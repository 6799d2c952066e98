// In which order a listing's rows come, and how its next page is found: by what the last row shown says, never by counting rows, so
// that nothing that comes or goes meanwhile shifts a page. Each order ends with what tells any two rows apart. What a caller sees of
// it is cursor.ts.

export type Key = string | number | boolean | Date;

/** A field of a row: its path (of a related row's, in two steps), what it holds and whether it rises from row to row. */
export interface Column {
  readonly path: readonly string[];
  readonly kind: 'text' | 'number' | 'time' | 'flag';
  readonly direction: 'asc' | 'desc';
}

export interface Order {
  /** In cursors: a cursor of one order is none of another. */
  readonly name: string;
  readonly columns: readonly Column[];
}

export function rising(field: string, kind: Column['kind'] = 'number'): Column {
  return { path: [field], kind, direction: 'asc' };
}

export function falling(field: string, kind: Column['kind'] = 'number'): Column {
  return { path: [field], kind, direction: 'desc' };
}

/** By a name that no two rows share. */
export const byName = (...path: string[]): Order => ({
  name: 'name',
  columns: [{ path, kind: 'text', direction: 'asc' }],
});

/** By when a row was made; those of one millisecond by their ids, which rise with time too. */
export const byTime = {
  newest: { name: 'newest', columns: [falling('createdAt', 'time'), falling('id', 'text')] },
  oldest: { name: 'oldest', columns: [rising('createdAt', 'time'), rising('id', 'text')] },
} as const satisfies Record<string, Order>;

/** By a number that rises with time, and that no two rows of the listing share. */
export const byNumber = (field: string) => ({
  newest: { name: 'newest', columns: [falling(field)] },
  oldest: { name: 'oldest', columns: [rising(field)] },
});

/** What a row says in an order's columns. */
export function keysOf({ columns }: Order, row: object): Key[] {
  return columns.map(({ path }) =>
    path.reduce<unknown>((value, field) => (value as Record<string, unknown>)[field], row),
  ) as Key[];
}

/** For Prisma's orderBy. */
export function orderByOf({ columns }: Order): object[] {
  return columns.map(({ path, direction }) => nest(path, direction));
}

/**
 * For Prisma's where: the rows after the one with these keys. Rows after (a, b) have a larger a, or the same and a larger b; that a
 * is at least as large is said once more by itself, since that is what an index is searched for.
 */
export function whereAfter({ columns }: Order, keys: readonly Key[]): object {
  const [first] = columns;
  const steps = columns.flatMap((column, at) => {
    const further = beyond(column, keys[at]!);
    if (further === null) return [];
    const same = columns.slice(0, at).map(({ path }, before) => nest(path, keys[before]!));
    return [{ AND: [...same, nest(column.path, further)] }];
  });
  if (first === undefined || first.kind === 'flag' || columns.length === 1) return { OR: steps };
  return { AND: [nest(first.path, { [first.direction === 'asc' ? 'gte' : 'lte']: keys[0] }), { OR: steps }] };
}

/** Null where nothing is: a flag has two values, and Prisma compares none. */
function beyond({ kind, direction }: Column, key: Key): object | null {
  if (kind !== 'flag') return { [direction === 'asc' ? 'gt' : 'lt']: key };
  return key === (direction === 'desc') ? { equals: !key } : null;
}

const nest = (path: readonly string[], inner: unknown): object =>
  path.reduceRight<unknown>((value, field) => ({ [field]: value }), inner) as object;
