// Where somebody is on the dashboard: an address behind #, so that the coordinator serves one page only. What stands at each
// address is pages.tsx's.
import { signal } from '@preact/signals';

export interface Place {
  /** Parts of the path, decoded: ['groups', 'reviews', 'rounds', '7']. */
  readonly path: readonly string[];
  readonly query: URLSearchParams;
}

export const place = signal<Place>(readPlace(location.hash));

/** `#/groups/r%C3%A9sum%C3%A9?x=1`; what can't be decoded stays as it is. */
export function readPlace(hash: string): Place {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?', 2);
  const parts = path.split('/').filter((part) => part !== '');
  return { path: parts.map(decoded), query: new URLSearchParams(query) };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** The address of a place, for href. */
export function at(path: readonly (string | number)[], query: Readonly<Record<string, string>> = {}): string {
  const text = new URLSearchParams(query).toString();
  return `#/${path.map(encodeURIComponent).join('/')}${text === '' ? '' : `?${text}`}`;
}

export function go(path: readonly (string | number)[], query: Readonly<Record<string, string>> = {}): void {
  location.hash = at(path, query);
}

/** Calls back after each move to another path; the first place is none. */
export function onMove(listener: () => void): void {
  window.addEventListener('hashchange', () => {
    const before = place.value.path.join('/');
    place.value = readPlace(location.hash);
    if (place.value.path.join('/') !== before) listener();
  });
}
