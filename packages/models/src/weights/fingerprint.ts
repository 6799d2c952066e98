// The fingerprint of a base model, by which members of a task group know that they adapt the same one: a sha256 over
// config and weights, and one over what makes tokens of texts (tokenizer-content.ts). Digests of large files are
// remembered beside them, by size and time of change. Not here: which files a model has (weight-files.ts).

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { sha256Hex } from '@colora/protocol/sha256';
import { writeWholeFile } from '../cache/whole-file.ts';
import { tokenizerContent, tokenizerFiles } from './tokenizer-content.ts';

const cacheFile = '.colora-digests.json';
const worthRemembering = 8 * 2 ** 20; // bytes; smaller files are read again in milliseconds
const separator = ':';

interface CachedDigest {
  readonly size: number;
  readonly mtimeMs: number;
  readonly sha256: string;
}

/**
 * `<model>:<tokenizer>`, each a sha256 (hex) over lines `<sha256 of the content>  <file name>\n`: config.json and then
 * the weight files, as they are; and the tokenizer's files, by what they say.
 * Reads every byte the first time; large files later only where size or time of change differ from before.
 */
export async function fingerprint(folder: string, weightFiles: readonly string[]): Promise<string> {
  const digests = await openDigests(folder);
  const model: string[] = [];
  for (const name of ['config.json', ...weightFiles])
    model.push(line(await digests.of(name, () => fileDigest(join(folder, name))), name));
  const tokenizer: string[] = [];
  for (const name of tokenizerFiles) {
    const digest = await digests.of(name, async () =>
      sha256Hex(tokenizerContent(name, await readFile(join(folder, name), 'utf8'))),
    );
    if (digest !== null) tokenizer.push(line(digest, name));
  }
  await digests.remember();
  return sha256Hex(model.join('')) + separator + sha256Hex(tokenizer.join(''));
}

/**
 * What of two models differs, in words; null where nothing does. Groups of earlier versions have a fingerprint of
 * config and weights alone, and no more is compared for them.
 */
export function differingPart(own: string, expected: string): string | null {
  const [model, tokenizer] = own.split(separator);
  const [otherModel, otherTokenizer] = expected.split(separator);
  const differing = [
    ...(model === otherModel ? [] : ['config.json or the weights']),
    ...(otherTokenizer === undefined || tokenizer === otherTokenizer
      ? []
      : [`the tokenizer or the chat template (${tokenizerFiles.join(', ')})`]),
  ];
  return differing.length === 0 ? null : differing.join(', and ');
}

function line(sha256: string | null, name: string): string {
  return `${sha256}  ${name}\n`;
}

interface Digests {
  /** Null where there is no such file. */
  of(name: string, compute: () => Promise<string>): Promise<string | null>;
  remember(): Promise<void>;
}

async function openDigests(folder: string): Promise<Digests> {
  const cache = await readCache(folder);
  let changed = false;
  return {
    async of(name, compute) {
      const found = await stat(join(folder, name)).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return null;
        throw error;
      });
      if (found === null) return null;
      const { size, mtimeMs } = found;
      const known = cache[name];
      if (known?.size === size && known.mtimeMs === mtimeMs) return known.sha256;
      const sha256 = await compute();
      if (size >= worthRemembering) {
        cache[name] = { size, mtimeMs, sha256 };
        changed = true;
      }
      return sha256;
    },
    async remember() {
      if (changed) await writeCache(folder, cache);
    },
  };
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
