// Reading fields of a config.json with errors that name the field, what it holds and what would be right.
// Which fields there are is each family's own business.
import { ModelError } from './model-error.ts';

export type ConfigObject = Readonly<Record<string, unknown>>;

export function asConfigObject(json: unknown): ConfigObject {
  if (typeof json === 'object' && json !== null && !Array.isArray(json)) return json as ConfigObject;
  throw new ModelError('bad-config', 'config.json must hold a JSON object');
}

/** More of anything than any model has; what is made of layers is made before a weight is looked at. */
const mostOfAnything = 100_000_000;
const mostLayers = 10_000;

/** A whole number of at least 1; `fallback` where the field is absent or null. */
export function sizeField(config: ConfigObject, field: string, fallback?: number): number {
  return wholeField(config, field, mostOfAnything, fallback);
}

/** How many layers there are. */
export function layersField(config: ConfigObject, field: string, fallback?: number): number {
  return wholeField(config, field, mostLayers, fallback);
}

function wholeField(config: ConfigObject, field: string, most: number, fallback?: number): number {
  const value = config[field] ?? fallback;
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 1 && value <= most) return value;
  throw wrongField(
    field,
    value,
    `a whole number of at least 1${Number(value) > most ? ` and at most ${most}` : ''}`,
  );
}

/** As sizeField, but null is a value of its own: there is none. */
export function sizeOrNullField(config: ConfigObject, field: string, fallback: number): number | null {
  return config[field] === null ? null : sizeField(config, field, fallback);
}

/** A whole number of at least 0. */
export function countField(config: ConfigObject, field: string, fallback?: number): number {
  return config[field] === 0 ? 0 : sizeField(config, field, fallback);
}

/** A finite number above 0. */
export function positiveField(config: ConfigObject, field: string, fallback?: number): number {
  const value = config[field] ?? fallback;
  if (typeof value === 'number' && Number.isFinite(value) && value > 0) return value;
  throw wrongField(field, value, 'a number above 0');
}

export function flagField(config: ConfigObject, field: string, fallback: boolean): boolean {
  const value = config[field] ?? fallback;
  if (typeof value === 'boolean') return value;
  throw wrongField(field, value, 'true or false');
}

/** One of the given words. */
export function choiceField<const Choice extends string>(
  config: ConfigObject,
  field: string,
  choices: readonly Choice[],
  fallback?: Choice,
): Choice {
  const value = config[field] ?? fallback;
  const chosen = choices.find((choice) => choice === value);
  if (chosen !== undefined) return chosen;
  throw wrongField(field, value, choices.length === 1 ? `"${choices[0]}"` : `one of ${choices.join(', ')}`);
}

/** Throws where one of these fields asks for something: it would change what is computed. */
export function refuseFields(config: ConfigObject, fields: readonly string[]): void {
  for (const field of fields) {
    const value = config[field] ?? false;
    if (value !== false) throw wrongField(field, value, 'null, false or left out: it is not supported');
  }
}

/** Throws unless `size` is a multiple of the heads. */
export function assertDivides(config: ConfigObject, heads: string, size: string): void {
  if (Number(config[size]) % Number(config[heads]) === 0) return;
  throw wrongField(size, config[size], `a multiple of ${heads} (${String(config[heads])})`);
}

export function wrongField(field: string, value: unknown, wanted: string): ModelError {
  const found = value === undefined ? 'is missing' : `is ${JSON.stringify(value)?.slice(0, 80)}`;
  return new ModelError('bad-config', `config.json: "${field}" ${found}; it must be ${wanted}`);
}
