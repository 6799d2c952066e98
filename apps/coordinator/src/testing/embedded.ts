// For tests: data folders with an empty embedded database, as the first start leaves it. Making one (initdb in WebAssembly, and
// all migrations) takes some six seconds of processor time, a copy half of one: it is made once and kept for this version of
// PGlite and these migrations. No tests here.
import { constants } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rename, rm, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sha256Hex } from '@colora/protocol/sha256';
import { migrate, readMigrations } from '../database/migrations.ts';
import { openPglite } from '../database/open-pglite.ts';
import { compileOnce } from './compile-once.ts';

const cacheFolder = fileURLToPath(new URL('../../../../node_modules/.cache/colora-test', import.meta.url));

/** Puts an empty database into `dataFolder`, where openDatabase finds it. */
export async function layEmbeddedDatabase(dataFolder: string): Promise<void> {
  compileOnce();
  const migrations = sha256Hex(
    Buffer.from(
      readMigrations()
        .map(({ checksum }) => checksum)
        .join(),
    ),
  );
  const kept = join(cacheFolder, `pglite-${await pgliteVersion()}-${migrations.slice(0, 16)}`);
  if ((await stat(kept).catch(() => null)) === null) await makeOnce(kept);
  await cp(kept, join(dataFolder, 'database'), { recursive: true, mode: constants.COPYFILE_FICLONE });
}

/** Several test files may make it at once: the first that is done wins. */
async function makeOnce(kept: string): Promise<void> {
  await mkdir(dirname(kept), { recursive: true });
  const made = await mkdtemp(`${kept}-`);
  try {
    const driver = await openPglite(made);
    await migrate(driver.runner).finally(driver.release);
    await rename(join(made, 'database'), kept);
    await rm(made, { recursive: true });
  } catch (error) {
    await rm(made, { recursive: true, force: true });
    if ((await stat(kept).catch(() => null)) === null) throw error;
  }
}

async function pgliteVersion(): Promise<string> {
  const entry = createRequire(import.meta.url).resolve('@electric-sql/pglite');
  const manifest: { version: string } = JSON.parse(
    await readFile(join(dirname(entry), '..', 'package.json'), 'utf8'),
  );
  return manifest.version;
}
