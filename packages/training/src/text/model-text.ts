// The small text files of a model's folder: UTF-8, refused where they are not, never read as U+FFFD.
import { readFile } from 'node:fs/promises';
import { ModelError } from '@colora/models/model-error';

/** As it stands. Throws ModelError `bad-tokenizer` where it is not UTF-8, and the file system's error. */
export async function readModelText(path: string): Promise<string> {
  const bytes = await readFile(path);
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new ModelError('bad-tokenizer', `${path} is not text in UTF-8; download it again`, { cause });
  }
}

/** Null where there is no such file; throws as readModelText does. */
export async function readOptional(path: string): Promise<string | null> {
  try {
    return await readModelText(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** Empty where there is no such file. Throws as readModelText does, and ModelError `bad-tokenizer` where it holds no JSON object. */
export async function readOptionalJson(path: string): Promise<Readonly<Record<string, unknown>>> {
  const text = await readOptional(path);
  const json = text === null ? {} : parse(text);
  if (typeof json === 'object' && json !== null && !Array.isArray(json))
    return json as Record<string, unknown>;
  throw new ModelError('bad-tokenizer', `${path} must hold a JSON object; download it again`);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
