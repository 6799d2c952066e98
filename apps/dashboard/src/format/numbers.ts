// Numbers as people read them, always with their unit.

const whole = new Intl.NumberFormat('en');
const short = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 });
const units = ['B', 'KB', 'MB', 'GB', 'TB', 'PB'];

/** 1,234 */
export const count = (value: number) => whole.format(value);

/** "1 round", "3 rounds": for nouns that take an s. */
export const counted = (value: number, noun: string) => `${count(value)} ${noun}${value === 1 ? '' : 's'}`;

/** Three digits that count; very small and very large ones with a power of ten. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  return value !== 0 && (size < 1e-3 || size >= 1e6) ? value.toExponential(1) : short.format(value);
}

/** In decimal units: 1.5 MB. */
export function bytes(value: number): string {
  let rest = value;
  let unit = 0;
  for (; rest >= 999.5 && unit < units.length - 1; unit += 1) rest /= 1000;
  return `${short.format(rest)} ${units[unit]}`;
}

/** A share from 0 to 1: 93.5 % */
export const percent = (share: number) => `${short.format(100 * share)} %`;
