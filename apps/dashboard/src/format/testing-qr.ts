// For tests: reads a QR code out of the path that draws it, as a camera would.
import decodeQR from 'qr/decode.js';

const pixels = 4;

export function readQr({ size, path }: { readonly size: number; readonly path: string }): string {
  const side = size * pixels;
  const data = new Uint8ClampedArray(side * side * 4).fill(255);
  for (const [, x, y, length] of path.matchAll(/M(\d+) (\d+)h(\d+)v1h-\3z/g))
    for (let row = Number(y) * pixels; row < (Number(y) + 1) * pixels; row += 1)
      for (let column = Number(x) * pixels; column < (Number(x) + Number(length)) * pixels; column += 1)
        data.fill(0, 4 * (row * side + column), 4 * (row * side + column) + 3);
  return decodeQR({ width: side, height: side, data });
}
