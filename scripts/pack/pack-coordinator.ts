// The package `@colora/coordinator`: what the command imports of it, as one bundle, with migrations and the dashboard where it was built.
// It is installed beside `colora`, whose command runs it.
import { cpSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { bundle, installedAsTheyAre } from '../bundle-command.ts';
import { addressedBeside, neededBeside, packed, type Versions } from './packed.ts';

/** Its public entries, which biome.json lists for the command; those of `colora verify` are in the member's package. */
const entries = [
  'backup/back-up',
  'backup/restore',
  'config',
  'coordinator',
  'database/data-folder/data-folder',
  'database/open-database',
  'doctor/check-coordinator',
  'log/service-log',
];
const inside = /^(@colora|zod)(\/|$)/;

/** `house`: compiled. `dashboard`: as its build left it. Lays the package into `target`. */
export async function packCoordinator(
  house: string,
  dashboard: string,
  target: string,
  versions: Versions,
): Promise<void> {
  const dist = join(target, 'dist');
  const files = join(dist, 'files');
  const nameOf = (entry: string) => entry.replaceAll('/', '--');
  const metafile = await bundle({
    entryPoints: entries.map((entry) => ({
      in: join(house, 'apps/coordinator/src', `${entry}.js`),
      out: nameOf(entry),
    })),
    outdir: dist,
    chunkNames: 'part-[hash]',
    plugins: [addressedBeside(house), installedAsTheyAre(inside)],
  });
  cpSync(join(house, 'prisma/migrations'), join(files, 'prisma/migrations'), { recursive: true });
  if (existsSync(dashboard)) cpSync(dashboard, join(files, 'apps/dashboard/dist'), { recursive: true });
  packed(target, {
    name: '@colora/coordinator',
    description:
      'The coordinator of CoLoRA: rounds, aggregation, REST and dashboard. Run by `colora coordinator`.',
    exports: Object.fromEntries(entries.map((entry) => [`./${entry}`, `./dist/${nameOf(entry)}.js`])),
    dependencies: versions.of(neededBeside(metafile, ['apps/coordinator'])),
  });
}
