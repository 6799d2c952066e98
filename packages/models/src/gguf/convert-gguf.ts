// A GGUF model as a base-model folder in Hugging Face layout: config.json, model.safetensors, tokenizer.json,
// tokenizer_config.json and generation_config.json, made once. What goes into the config is checkpoint-plan.ts, the weights are write-weights.ts.

import { randomUUID } from 'node:crypto';
import { realpath, rm, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { makeFolder } from '@colora/protocol/failures/make-folder';
import { renameOver } from '@colora/protocol/failures/rename-over';
import { sha256Hex } from '@colora/protocol/sha256';
import { makeOnce } from '../cache/make-once.ts';
import { exists } from '../cache/whole-file.ts';
import { ModelError } from '../model-error.ts';
import { planCheckpoint } from './checkpoint-plan.ts';
import { openGguf } from './gguf-file.ts';
import { ggufParts } from './gguf-parts.ts';
import { type OnProgress, weightBytes, writeWeights } from './write-weights.ts';

const conversion = 2; // raise it when the same file is to give other bytes: files are then converted again

/**
 * Converts the file into a folder of its own within `cacheFolder` and returns its path; a file that was converted before
 * (same path, size and time of change) is left alone. The same file gives the same bytes everywhere.
 * The folder is written beside and renamed when whole: of several processes that want the same file one converts it while
 * the others wait, and an interrupted one leaves nothing that could be taken for a model. `onProgress` hears how many
 * bytes of how many are written.
 * Throws ModelError: `missing-file`, `bad-gguf`, `unsupported-gguf`, `disk-full`.
 */
export async function convertGguf(
  path: string,
  cacheFolder: string,
  onProgress: OnProgress = () => undefined,
): Promise<string> {
  const target = join(cacheFolder, await folderName(path));
  const isThere = () => exists(join(target, 'config.json'));
  const make = async (tell: OnProgress) => {
    const part = `${target}.${randomUUID()}.part`;
    try {
      await writeFolder(path, part, tell);
      await moveIntoPlace(part, target);
    } finally {
      await rm(part, { recursive: true, force: true });
    }
  };
  await makeOnce({ path: target, isThere, make, onShare: onProgress });
  return target;
}

async function folderName(path: string): Promise<string> {
  const parts = await ggufParts(path);
  const keys: string[] = [];
  for (const part of parts) keys.push(await fileKey(part));
  const digest = sha256Hex([...keys, conversion].join('\n'));
  return `${basename(parts[0]!, '.gguf')}-${digest.slice(0, 16)}`;
}

async function fileKey(path: string): Promise<string> {
  try {
    const { size, mtimeMs } = await stat(path);
    return [await realpath(path), size, mtimeMs].join('\n');
  } catch (cause) {
    throw new ModelError('missing-file', `${path} cannot be read (${codeOf(cause)})`, { cause });
  }
}

async function writeFolder(path: string, folder: string, onProgress: OnProgress): Promise<void> {
  const file = await openGguf(path);
  try {
    const { config, tokenizer, weights } = await planCheckpoint(file);
    const write = (name: string, json: object) => writeFile(join(folder, name), `${JSON.stringify(json)}\n`);
    try {
      makeFolder(folder);
      await writeWeights(file, weights, join(folder, 'model.safetensors'), onProgress);
      await write('tokenizer.json', tokenizer.tokenizer);
      await write('tokenizer_config.json', tokenizer.config);
      await write('generation_config.json', { eos_token_id: tokenizer.endIds });
      await write('config.json', config);
    } catch (cause) {
      throw diskFull(path, folder, weightBytes(weights), cause);
    }
  } finally {
    await file.close();
  }
}

/** EFBIG and EDQUOT are limits of a user's own that end a write as a full disk does. */
function diskFull(path: string, folder: string, bytes: number, cause: unknown): unknown {
  if (!['ENOSPC', 'EDQUOT', 'EFBIG'].includes(codeOf(cause))) return cause;
  const needed = `about ${Math.ceil(bytes / 1e6)} MB`;
  return new ModelError(
    'disk-full',
    `${path} could not be converted: the disk of ${join(folder, '..')} is full (${codeOf(cause)}). It needs ${needed}; ` +
      'free some space, or put the cache elsewhere',
    { cause },
  );
}

/** Another process may have been quicker; its folder holds the same bytes. */
async function moveIntoPlace(part: string, target: string): Promise<void> {
  try {
    await renameOver(part, target);
  } catch (error) {
    if (await exists(join(target, 'config.json'))) return;
    throw error;
  }
}

function codeOf(error: unknown): string {
  return String((error as NodeJS.ErrnoException).code ?? 'error');
}
