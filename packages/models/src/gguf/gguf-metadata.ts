// Reading values out of a GGUF file's metadata, with errors that name the key. Which keys there are is the business
// of who asks.
import { ModelError } from '../model-error.ts';

export type GgufMetadata = Readonly<Record<string, unknown>>;

/** A number; undefined where the key is absent and no fallback given. */
export function readNumber(metadata: GgufMetadata, key: string): number | undefined {
  const value = metadata[key];
  if (value === undefined) return undefined;
  if (typeof value === 'number') return shortest(value);
  if (typeof value === 'bigint') return Number(value);
  throw wrongValue(key, 'a number');
}

export function needNumber(metadata: GgufMetadata, key: string): number {
  return readNumber(metadata, key) ?? missing(key);
}

export function readText(metadata: GgufMetadata, key: string): string | undefined {
  const value = metadata[key];
  if (value === undefined || typeof value === 'string') return value;
  throw wrongValue(key, 'a text');
}

export function needText(metadata: GgufMetadata, key: string): string {
  return readText(metadata, key) ?? missing(key);
}

export function readFlag(metadata: GgufMetadata, key: string): boolean | undefined {
  const value = metadata[key];
  if (value === undefined || typeof value === 'boolean') return value;
  throw wrongValue(key, 'true or false');
}

export function needTexts(metadata: GgufMetadata, key: string): readonly string[] {
  const value = metadata[key] ?? missing(key);
  if (Array.isArray(value) && value.every((entry) => typeof entry === 'string')) return value;
  throw wrongValue(key, 'a list of texts');
}

/** Numbers, one for each of `count` things. */
export function needNumbers(metadata: GgufMetadata, key: string, count: number): readonly number[] {
  const value = metadata[key] ?? missing(key);
  if (Array.isArray(value) && value.length === count && value.every((entry) => typeof entry === 'number')) {
    return value;
  }
  throw wrongValue(key, `a list of ${count} numbers`);
}

/** The decimal that somebody wrote and float32 rounded: 1e-5 for 9.999999747378752e-6. */
function shortest(value: number): number {
  if (Number.isInteger(value) || Math.fround(value) !== value) return value;
  for (let digits = 1; digits < 9; digits += 1) {
    const decimal = Number(value.toPrecision(digits));
    if (Math.fround(decimal) === value) return decimal;
  }
  return value;
}

function missing(key: string): never {
  throw new ModelError('bad-gguf', `the GGUF file's metadata lack "${key}"`);
}

function wrongValue(key: string, wanted: string): ModelError {
  return new ModelError('bad-gguf', `the GGUF file's metadata hold no usable "${key}"; it must be ${wanted}`);
}
