// Which fields of a config a function has read: those that it heeds.
import type { ConfigObject } from '../config-fields.ts';

export interface Watched<Value> {
  readonly value: Value;
  readonly read: ReadonlySet<string>;
}

/** `read` may be given, to know what was read before `parse` threw. */
export function watchReads<Value>(
  config: ConfigObject,
  parse: (watched: ConfigObject) => Value,
  read = new Set<string>(),
): Watched<Value> {
  const watched = new Proxy(config, {
    get: (target, field: string) => {
      read.add(field);
      return target[field];
    },
  });
  return { value: parse(watched), read };
}
