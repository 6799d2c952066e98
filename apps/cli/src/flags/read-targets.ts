// Reading --targets: which modules are adapted. What the names mean is chooseTargets' affair (packages/adapters).
import { readList } from './option-values.ts';

const topPrefix = /^top-[^:]*:/;

/**
 * Comma-separated; `none` for none. A prefix `top-2:` covers what follows it in the list up to the next prefix, as it reads:
 * top-2:q_proj,v_proj adapts both in the last 2 layers. What is meant without a prefix stands before the first one.
 */
export function readTargets(value: string): string[] {
  if (value === 'none') return [];
  let prefix = '';
  return readList(value).map((item) => {
    const own = topPrefix.exec(item)?.[0];
    prefix = own ?? prefix;
    return own === undefined ? prefix + item : item;
  });
}
