// `npm run image-tree -- FOLDER`: lays what the image holds into a new folder (lay-tree.ts), and says how large it is, beside what
// `npm ci --omit=dev` installs. The Dockerfile runs it; it needs no container engine.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compileHouse } from '../compile-house.ts';
import { bytesOf, layTree } from './lay-tree.ts';
import { neededPackages } from './needed-packages.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const [folder] = process.argv.slice(2);
if (folder === undefined || (existsSync(folder) && readdirSync(folder).length > 0)) {
  console.error('name a new or empty folder: npm run image-tree -- FOLDER');
  process.exit(2);
}
const target = resolve(folder);
const house = mkdtempSync(join(tmpdir(), 'colora-house-'));
try {
  compileHouse(house);
  const dashboard = join(root, 'apps/dashboard/dist');
  mkdirSync(target, { recursive: true });
  layTree(house, target, existsSync(dashboard) ? dashboard : undefined);
} finally {
  rmSync(house, { recursive: true, force: true });
}
const { packages, production } = neededPackages(root);
const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(0)} MB`;
// a nested package is counted with the one that it lies in
const outermost = production.filter((place) => place.lastIndexOf('node_modules/') === 0);
const all = outermost.reduce((sum, place) => sum + bytesOf(join(root, place)), 0);
console.log(`${megabytes(bytesOf(target))} in ${target}, with ${packages.length} packages`);
console.log(`npm ci --omit=dev installs ${production.length}, of ${megabytes(all)} on this machine`);
