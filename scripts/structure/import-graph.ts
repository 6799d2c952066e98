// Who imports whom: every import, export-from and dynamic import of a TypeScript file, type-only ones too, resolved
// to files of this repository. What lies outside it (npm packages, node:) is left out.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

/** One file: its path from the root, its lines, and the repository's files that it imports. */
export type SourceFile = { path: string; lines: number; imports: string[] };

const skipped = new Set(['node_modules', 'generated', '.git', '.turbo', 'dist', 'fixtures']);
const specifier = /(?:\bfrom|\bimport|\bimport\()\s*'([^'\n]+)'/g;

export const isTest = (path: string) => path.endsWith('.test.ts');

/** All TypeScript files below the folders, in the order of their paths. */
export function readSources(root: string, folders: readonly string[]): SourceFile[] {
  const paths = folders.flatMap((folder) => filesBelow(join(root, folder)));
  return paths.sort().map((path) => {
    const text = readFileSync(path, 'utf8');
    const found = [...text.matchAll(specifier)].map((match) => target(root, path, match[1]!));
    const imports = [...new Set(found.filter((file) => file !== null))].map((file) => relative(root, file));
    return { path: relative(root, path), lines: text.split('\n').length - 1, imports };
  });
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (skipped.has(entry.name)) return [];
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return filesBelow(path);
    return /\.tsx?$/.test(entry.name) && !entry.name.endsWith('.d.ts') ? [path] : [];
  });
}

function target(root: string, importer: string, name: string): string | null {
  if (name.startsWith('.')) {
    const file = resolve(dirname(importer), name);
    return existsSync(file) ? file : null;
  }
  const own = /^@colora\/([^/]+)\/(.+)$/.exec(name);
  if (own === null) return null;
  for (const kind of ['packages', 'apps']) {
    const file = join(root, kind, own[1]!, 'src', `${own[2]}.ts`);
    if (existsSync(file)) return file;
  }
  return null;
}
