// The fingerprint of a base model: one sha256 over its config and weights, by which members of a task group know
// that they adapt the same model. Digests of large files are remembered beside them, by size and time of change.
// Not here: which files a model has (weight-files.ts).

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { sha256Hex } from '@colora/protocol/sha256';
import { writeWholeFile } from './whole-file.ts';

const cacheFile = '.colora-digests.json';
const worthRemembering = 8 * 2 ** 20; // bytes; smaller files are read again in milliseconds

interface CachedDigest {
  readonly size: number;
  readonly mtimeMs: number;
  readonly sha256: string;
}

/**
 * sha256 (hex) over the lines `<sha256 of the file>  <file name>\n`, config.json first, then the weight files.
 * Reads every byte the first time; large files later only where size or time of change differ from before.
 */
export async function fingerprint(folder: string, weightFiles: readonly string[]): Promise<string> {
  const cache = await readCache(folder);
  const lines = [`${await fileDigest(join(folder, 'config.json'))}  config.json\n`];
  let changed = false;
  for (const name of weightFiles) {
    const { size, mtimeMs } = await stat(join(folder, name));
    const known = cache[name];
    const fresh = known?.size === size && known.mtimeMs === mtimeMs;
    const sha256 = fresh ? known.sha256 : await fileDigest(join(folder, name));
    if (!fresh && size >= worthRemembering) {
      cache[name] = { size, mtimeMs, sha256 };
      changed = true;
    }
    lines.push(`${sha256}  ${name}\n`);
  }
  if (changed) await writeCache(folder, cache);
  return sha256Hex(lines.join(''));
}

async function fileDigest(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash);
  return hash.digest('hex');
}

/** What was remembered; anything unreadable or malformed counts as nothing remembered. */
async function readCache(folder: string): Promise<Record<string, CachedDigest>> {
  try {
    const parsed: unknown = JSON.parse(await readFile(join(folder, cacheFile), 'utf8'));
    return Object.fromEntries(Object.entries(parsed ?? {}).filter(([, value]) => isDigest(value)));
  } catch {
    return {};
  }
}

function isDigest(value: unknown): value is CachedDigest {
  const { size, mtimeMs, sha256 } = (value ?? {}) as Partial<CachedDigest>;
  const hex = typeof sha256 === 'string' && /^[0-9a-f]{64}$/.test(sha256);
  return hex && typeof size === 'number' && typeof mtimeMs === 'number';
}

/** Remembering is a convenience: a folder that can't be written (a read-only mount) is no error. */
async function writeCache(folder: string, cache: Record<string, CachedDigest>): Promise<void> {
  await writeWholeFile(join(folder, cacheFile), `${JSON.stringify(cache, null, 2)}\n`).catch(() => undefined);
}
