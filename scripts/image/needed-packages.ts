// Which installed packages a coordinator needs when it runs, by the lock file: what its workspace names, what its workspaces' floors
// name, what the command needs before it knows which command it is, and what all of these bring. Paths are as the lock file has them.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

interface Locked {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly link?: boolean;
  readonly resolved?: string;
  readonly dev?: boolean;
}

/** Of the command line itself, and of the operators' commands: `colora` has no others that a coordinator's machine runs. */
const ofTheCommand = ['commander', 'undici', 'https-proxy-agent'];

export interface Needed {
  /** `node_modules/…`, third-party. */
  readonly packages: readonly string[];
  /** All that `npm ci --omit=dev` would install. */
  readonly production: readonly string[];
}

export function neededPackages(root: string): Needed {
  const lock: { packages: Record<string, Locked> } = JSON.parse(
    readFileSync(join(root, 'package-lock.json'), 'utf8'),
  );
  const { packages } = lock;
  const found = new Set<string>();
  const visited = new Set<string>();
  /** As Node looks: in the folder itself, then in those above it. */
  const placeOf = (name: string, from: string): string | undefined => {
    for (let at = from; ; at = at.slice(0, Math.max(0, at.lastIndexOf('/node_modules/')))) {
      const place = `${at === '' ? '' : `${at}/`}node_modules/${name}`;
      if (packages[place] !== undefined) return place;
      if (at === '') return undefined;
    }
  };
  const visit = (place: string) => {
    if (visited.has(place)) return;
    visited.add(place);
    const entry = packages[place];
    if (entry === undefined) return;
    if (entry.link && entry.resolved !== undefined) return visit(entry.resolved);
    if (place.startsWith('node_modules/') || place.includes('/node_modules/')) found.add(place);
    for (const name of Object.keys({ ...entry.dependencies, ...entry.optionalDependencies })) {
      if (name.startsWith('@types/')) continue; // nothing at run time
      const needed = placeOf(name, place);
      if (needed !== undefined) visit(needed);
    }
  };
  visit('apps/coordinator');
  for (const name of ofTheCommand) {
    const place = ['apps/cli', 'apps/client']
      .map((from) => placeOf(name, from))
      .find((one) => one !== undefined);
    if (place === undefined) throw new Error(`the lock file has no ${name}`);
    visit(place);
  }
  const production = Object.entries(packages).filter(
    ([place, { dev, link }]) => place.includes('node_modules/') && !dev && !link,
  );
  return { packages: [...found].sort(), production: production.map(([place]) => place) };
}
