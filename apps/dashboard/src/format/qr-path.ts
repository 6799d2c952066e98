// A text as the path of a QR code (ISO/IEC 18004) in SVG: one rectangle a run of dark modules in a row. How it is shown is qr-code.tsx's.
import encodeQR from 'qr';

export interface QrPath {
  /** Modules of a side, the quiet zone of four at each edge among them. */
  readonly size: number;
  readonly path: string;
}

const quietZone = 4;

export function qrPath(text: string): QrPath {
  const rows = encodeQR(text, 'raw', { ecc: 'medium', border: quietZone });
  const runs = rows.flatMap((row, y) =>
    runsOf(row).map(([x, length]) => `M${x} ${y}h${length}v1h-${length}z`),
  );
  return { size: rows.length, path: runs.join('') };
}

function runsOf(row: readonly boolean[]): [start: number, length: number][] {
  const runs: [number, number][] = [];
  row.forEach((isDark, x) => {
    const last = runs.at(-1);
    if (!isDark) return;
    if (last !== undefined && last[0] + last[1] === x) last[1] += 1;
    else runs.push([x, 1]);
  });
  return runs;
}
