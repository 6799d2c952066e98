// The loops that every value of every contribution goes through, in WebAssembly as the product calls them (copies into its
// memory included) beside the plainest JavaScript and the fastest that was found: microseconds a piece of 65,536 values.
// Run: node --import tsx bench/kernels.ts --json FILE
import { openWindowSums } from '@colora/aggregation/combine-ranges';
import { pieceElements } from '@colora/tensors/pieces';
import { seededRandom } from '@colora/tensors/random';
import { sumOfSquares } from '@colora/tensors/sum-of-squares';
import { wireEncodings } from '@colora/tensors/wire/wire-encodings';
import { type Measured, measure, report } from './report.ts';

const passes = 200;
const block = 64;
const { next } = seededRandom('kernels');
const row = Float32Array.from({ length: pieceElements }, () => next() - 0.5);
const bytes = wireEncodings.int8.encodeRange(row, next);
const scales = new Float32Array(bytes.buffer, 0, pieceElements / block);
const integers = new Int8Array(bytes.buffer, scales.byteLength);
const out = new Float32Array(pieceElements);
const sums = new Float64Array(pieceElements);
const windowSums = openWindowSums([[{ from: 0, to: pieceElements }]]);
windowSums.begin([{ from: 0, to: pieceElements }]);

function squaresPlain(): number {
  let sum = 0;
  for (let i = 0; i < row.length; i += 1) sum += row[i]! * row[i]!;
  return sum;
}

function squaresByFour(): number {
  let [first, second, third, fourth] = [0, 0, 0, 0];
  for (let i = 0; i < row.length; i += 4) {
    first += row[i]! * row[i]!;
    second += row[i + 1]! * row[i + 1]!;
    third += row[i + 2]! * row[i + 2]!;
    fourth += row[i + 3]! * row[i + 3]!;
  }
  return first + second + third + fourth;
}

function int8SquaresPlain(): number {
  let sum = 0;
  for (let b = 0; b < scales.length; b += 1) {
    let squares = 0;
    for (let i = b * block; i < (b + 1) * block; i += 1) squares += integers[i]! * integers[i]!;
    sum += scales[b]! * scales[b]! * squares;
  }
  return sum;
}

function int8SquaresByFour(): number {
  let sum = 0;
  for (let b = 0; b < scales.length; b += 1) {
    let [first, second] = [0, 0];
    for (let i = b * block; i < (b + 1) * block; i += 4) {
      const [x, y, z, w] = [integers[i]!, integers[i + 1]!, integers[i + 2]!, integers[i + 3]!];
      first = (first + Math.imul(x, x) + Math.imul(y, y)) | 0;
      second = (second + Math.imul(z, z) + Math.imul(w, w)) | 0;
    }
    sum += scales[b]! * scales[b]! * (first + second);
  }
  return sum;
}

function decodePlain(): void {
  for (let b = 0; b < scales.length; b += 1) {
    for (let i = b * block; i < (b + 1) * block; i += 1) out[i] = scales[b]! * integers[i]!;
  }
}

function decodeByFour(): void {
  for (let b = 0; b < scales.length; b += 1) {
    const scale = scales[b]!;
    for (let i = b * block; i < (b + 1) * block; i += 4) {
      out[i] = scale * integers[i]!;
      out[i + 1] = scale * integers[i + 1]!;
      out[i + 2] = scale * integers[i + 2]!;
      out[i + 3] = scale * integers[i + 3]!;
    }
  }
}

function addPlain(): void {
  for (let i = 0; i < row.length; i += 1) sums[i]! += 1.5 * row[i]!;
}

function addByFour(): void {
  for (let i = 0; i < row.length; i += 4) {
    const first = sums[i]! + 1.5 * row[i]!;
    const second = sums[i + 1]! + 1.5 * row[i + 1]!;
    const third = sums[i + 2]! + 1.5 * row[i + 2]!;
    const fourth = sums[i + 3]! + 1.5 * row[i + 3]!;
    sums[i] = first;
    sums[i + 1] = second;
    sums[i + 2] = third;
    sums[i + 3] = fourth;
  }
}

const { int8 } = wireEncodings;
const part = { coefficient: 1.5, share: 1.5, factor: 1 };

async function compare(
  name: string,
  kernel: () => unknown,
  plain: () => unknown,
  byFour: () => unknown,
): Promise<Measured[]> {
  const repeated = (run: () => unknown) => () => {
    for (let pass = 0; pass < passes; pass += 1) run();
  };
  const implementations = [
    { name: 'webassembly', run: repeated(kernel) },
    { name: 'javascript', run: repeated(plain) },
    { name: 'javascript-by-four', run: repeated(byFour) },
  ];
  return await measure(implementations, {
    case: name,
    unit: 'us',
    figure: (seconds) => (seconds * 1e6) / passes,
  });
}

report(
  [
    ...(await compare('squares-float32', () => sumOfSquares(row), squaresPlain, squaresByFour)),
    ...(await compare(
      'squares-int8',
      () => int8.sumOfSquares!(bytes, pieceElements, 'x'),
      int8SquaresPlain,
      int8SquaresByFour,
    )),
    ...(await compare('decode-int8', () => int8.decodeRange(bytes, out, 'x'), decodePlain, decodeByFour)),
    ...(await compare('add-scaled', () => windowSums.add(0, row, part), addPlain, addByFour)),
  ],
  'javascript-by-four',
);
