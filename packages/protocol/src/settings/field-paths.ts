// Reading and putting a field of settings, or of what is to become settings, by its path (`training.sharedRate`).

export type Draft = Readonly<Record<string, unknown>>;

/** Undefined where it, or what it would be in, isn't there. */
export function valueAt(settings: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((held, name) => (isObject(held) ? held[name] : undefined), settings);
}

/** A copy with the value there; undefined takes the field out, and what is empty then. */
export function withValueAt(draft: Draft, path: string, value: unknown): Draft {
  const [name = '', ...rest] = path.split('.');
  const { [name]: before, ...others } = draft;
  const inner = isObject(before) ? before : {};
  const after = rest.length === 0 ? value : withValueAt(inner, rest.join('.'), value);
  const isGone = after === undefined || (rest.length > 0 && value === undefined && isEmpty(after));
  return isGone ? others : { ...draft, [name]: after };
}

/** Of every field that is set, objects gone through: lists are values. */
export function* fieldValues(settings: unknown, within = ''): Generator<[path: string, value: unknown]> {
  if (!isObject(settings)) return;
  for (const [name, value] of Object.entries(settings)) {
    const path = within === '' ? name : `${within}.${name}`;
    if (isObject(value)) yield* fieldValues(value, path);
    else if (value !== undefined) yield [path, value];
  }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const isEmpty = (value: unknown) => isObject(value) && Object.keys(value).length === 0;
