// Amounts of bytes as people write them: 2MB, 500 KiB, 16Mbit. No rates: who reads one takes the `/s` off.

const units: Readonly<Record<string, number>> = {
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 1024,
  mib: 1024 ** 2,
  gib: 1024 ** 3,
  kbit: 125,
  mbit: 125e3,
  gbit: 125e6,
};

/** Null where it is no number with a unit. */
export function readBytes(text: string): number | null {
  const [, digits, unit] = /^\s*([\d.]+)\s*([a-z]+)\s*$/i.exec(text) ?? [];
  const factor = units[unit?.toLowerCase() ?? ''];
  const bytes = Number(digits) * (factor ?? Number.NaN);
  return Number.isFinite(bytes) ? bytes : null;
}
