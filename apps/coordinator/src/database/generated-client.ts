// Makes the Prisma client's code from prisma/schema.prisma when it is missing or made from another
// schema, so that a fresh checkout runs with no step of its own. Needs neither network nor install
// scripts: the generator asks for the schema engine but does not use it, so any executable will do.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { childEnvironment } from '../config.ts';
import { StartError } from '../start-error.ts';

const root = fileURLToPath(new URL('../../../..', import.meta.url));
const schemaPath = join(root, 'prisma', 'schema.prisma');
const outputFolder = fileURLToPath(new URL('../generated/prisma', import.meta.url));
const stampPath = join(outputFolder, '..', 'schema.sha256');
const lockPath = `${outputFolder}.lock`;
const staleAfterMs = 60_000;

/** Generates unless the client of this very schema is there. Safe to call from several processes at once. */
export async function ensureGeneratedClient(): Promise<void> {
  const wanted = fingerprint();
  while (!isCurrent(wanted)) {
    if (takeLock()) {
      try {
        if (!isCurrent(wanted)) await generateClient();
      } finally {
        rmSync(lockPath, { recursive: true, force: true });
      }
      return;
    }
    await sleep(100);
  }
}

/** Runs `prisma generate` and stamps its output with the schema it was made from. */
export async function generateClient(): Promise<void> {
  const cli = join(
    dirname(createRequire(import.meta.url).resolve('prisma/package.json')),
    'build',
    'index.js',
  );
  const env = childEnvironment({
    PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
    PRISMA_HIDE_UPDATE_MESSAGE: '1',
    CHECKPOINT_DISABLE: '1',
  });
  try {
    await promisify(execFile)(process.execPath, [cli, 'generate', '--schema', schemaPath], {
      cwd: root,
      env,
    });
  } catch (error) {
    const output = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : '';
    throw new StartError(`could not generate the database client: ${output || String(error)}`, {
      cause: error,
    });
  }
  writeFileSync(stampPath, fingerprint());
}

function isCurrent(wanted: string): boolean {
  if (!existsSync(stampPath) || !existsSync(join(outputFolder, 'client.ts'))) return false;
  return readFileSync(stampPath, 'utf8') === wanted;
}

/** Schema and generator version: either changing makes the generated code stale. */
function fingerprint(): string {
  const manifest = createRequire(import.meta.url).resolve('prisma/package.json');
  return createHash('sha256').update(readFileSync(schemaPath)).update(readFileSync(manifest)).digest('hex');
}

function takeLock(): boolean {
  mkdirSync(dirname(lockPath), { recursive: true });
  try {
    mkdirSync(lockPath);
    return true;
  } catch {
    const age = Date.now() - (statSync(lockPath, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (age > staleAfterMs) rmSync(lockPath, { recursive: true, force: true });
    return false;
  }
}
