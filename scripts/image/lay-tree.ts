// What the image holds, laid into a folder: compiled code of the command and the coordinator, the migrations, the dashboard where it was
// built, and the packages that they need, without maps, types and what is for other databases. No engine, no model. The same tree
// runs on any machine with Node: `node apps/cli/bin/colora.js coordinator`.
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { neededPackages } from './needed-packages.ts';

/** Whose files the command imports before it knows what to do, or a coordinator at all. */
const apps = ['cli', 'client', 'coordinator'];

const isForTests = (path: string) => /\.test\.\w+$|(^|\/)(testing|fixtures)(\/|$)/.test(path);
const isSource = (path: string) => /(?<!\.d)\.tsx?$|\.map$|\.wat$/.test(path) || isForTests(path);

/** Of packages: what nothing reads at run time. Licences stay. */
function isLeftOut(path: string): boolean {
  const name = basename(path);
  if (/^(licen[cs]e|notice|copying)/i.test(name)) return false;
  if (/\.map$|\.d\.[cm]?ts$|\.md$/.test(name)) return true;
  if (/@prisma\/client\/runtime\//.test(path)) {
    return (
      /\.(cockroachdb|mysql|sqlite|sqlserver)\.|^query_compiler_small_bg|^wasm-compiler-edge|^index-browser/.test(
        name,
      ) ||
      (name.startsWith('query_compiler_') && name.endsWith('.js')) // it is imported as a module
    );
  }
  return /@electric-sql\/pglite\/dist\//.test(path) && /\.tar\.gz$|\.cjs$/.test(name); // extensions that no migration makes
}

/** `house`: compiled, as compile-house.ts leaves it. `target`: an empty folder. `dashboard`: as its build left it, if it was built. */
export function layTree(house: string, target: string, dashboard?: string): void {
  const copy = (path: string, filter: (path: string) => boolean) =>
    cpSync(join(house, path), join(target, path), {
      recursive: true,
      dereference: true,
      filter: (from) => filter(relative(house, from)),
    });
  const own = join(target, 'node_modules', '@colora');
  mkdirSync(own, { recursive: true });
  const workspaces = [
    ...apps.map((name) => `apps/${name}`),
    ...readdirSync(join(house, 'packages')).map((name) => `packages/${name}`),
  ];
  for (const workspace of workspaces) {
    for (const part of ['src', 'bin'])
      if (existsSync(join(house, workspace, part))) copy(`${workspace}/${part}`, (path) => !isSource(path));
    const manifest = readFileSync(join(house, workspace, 'package.json'), 'utf8');
    writeFileSync(join(target, workspace, 'package.json'), manifest);
    symlinkSync(join('..', '..', workspace), join(own, basename(workspace)), 'junction');
  }
  copy('prisma/migrations', () => true);
  for (const name of ['package.json', 'LICENSE']) copy(name, () => true);
  if (dashboard !== undefined) cpSync(dashboard, join(target, 'apps/dashboard/dist'), { recursive: true });
  for (const place of neededPackages(house).packages) {
    if (!existsSync(join(house, place))) continue; // of another system than this one
    const nested = join(place, 'node_modules'); // listed by itself
    mkdirSync(dirname(join(target, place)), { recursive: true });
    copy(place, (path) => !path.startsWith(nested) && !isLeftOut(path.replaceAll('\\', '/')));
  }
}

export function bytesOf(path: string): number {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return 0;
  if (!stat.isDirectory()) return stat.size;
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => !entry.isSymbolicLink())
    .reduce((sum, entry) => sum + bytesOf(join(path, entry.name)), 0);
}
