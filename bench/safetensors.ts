// Safetensors: encoding, decoding and streaming, beside an allocating memory copy of the same bytes and beside
// Python's safetensors. Run: node --import tsx bench/safetensors.ts --json FILE (COLORA_PYTHON: another interpreter).
import { spawnSync } from 'node:child_process';
import { pieceElements } from '@colora/tensors/pieces';
import { seededRandom } from '@colora/tensors/random';
import { decode, encode } from '@colora/tensors/safetensors/safetensors';
import { readSafetensors } from '@colora/tensors/safetensors/safetensors-stream';
import type { TensorMap } from '@colora/tensors/tensor';
import { keepLargest } from '@colora/tensors/wire/top-values';
import type { WireEncoding } from '@colora/tensors/wire/wire-encoding';
import { wireEncodings } from '@colora/tensors/wire/wire-encodings';
import { type Measured, measure, type Result, report } from './report.ts';

interface Shape {
  readonly name: string;
  readonly tensors: number;
  readonly elements: number;
}

const small: Shape = { name: '4000x1KB', tensors: 4000, elements: 256 }; // the header counts
const large: Shape = { name: '64x1MB', tensors: 64, elements: 262_144 };
const shapes = [small, large]; // in this order: what is built first counts in the later ones' memory
const chunkSize = 256 * 1024;
const repeats = 9;

function randomMap({ tensors, elements }: Shape): TensorMap {
  const random = seededRandom('bench');
  const values = Float32Array.from({ length: elements }, () => random.next());
  return new Map(
    Array.from({ length: tensors }, (_, i) => [
      `layers.${i}.mlp.fc1.shared.A`,
      { shape: [elements], data: values.slice() },
    ]),
  );
}

async function* inChunks(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += chunkSize)
    yield bytes.subarray(start, start + chunkSize);
}

async function drain(bytes: Uint8Array): Promise<number> {
  const { tensors } = await readSafetensors(inChunks(bytes), { maxBytes: bytes.length });
  let elements = 0;
  for await (const { data } of tensors) elements += data.length;
  return elements;
}

async function measureShape(shape: Shape): Promise<Measured[]> {
  const map = randomMap(shape);
  const encoded = encode(map);
  const gigabytes = encoded.length / 1e9;
  const memcpy = { name: 'memcpy', run: () => new Uint8Array(encoded.length).set(encoded) };
  const against = (action: string, run: () => unknown) =>
    measure([{ name: 'colora', run }, memcpy], {
      case: `${action}-f32-${shape.name}`,
      unit: 'GB/s',
      figure: (seconds) => gigabytes / seconds,
      repeats,
    });
  return [
    ...(await against('encode', () => encode(map))),
    ...(await against('decode', () => decode(encoded))),
    ...(await against('stream', () => drain(encoded))),
  ];
}

/** The half formats; GB/s of their own bytes, so half as many as the same values take in float32. */
async function measureHalves(dtype: 'F16' | 'BF16'): Promise<Measured[]> {
  const map = randomMap(large);
  const encoded = encode(map, { dtype });
  const memcpy = { name: 'memcpy', run: () => new Uint8Array(encoded.length).set(encoded) };
  const results: Measured[] = [];
  for (const [action, run] of [
    ['encode', () => encode(map, { dtype })],
    ['decode', () => decode(encoded)],
  ] as const) {
    const options = {
      case: `${action}-${dtype.toLowerCase()}-${large.name}`,
      unit: 'GB/s' as const,
      figure: (seconds: number) => encoded.length / 1e9 / seconds,
      repeats,
    };
    results.push(...(await measure([{ name: 'colora', run }, memcpy], options)));
  }
  return results;
}

/**
 * The wire's encodings, range by range as the coordinator decodes them, into memory that is there; GB/s of the float32
 * values that come out or go in. The memory copy is of these float32 values.
 */
async function measureWire(encoding: WireEncoding): Promise<Measured[]> {
  const random = seededRandom('wire');
  const values = Float32Array.from({ length: pieceElements }, () => random.gaussian());
  const sparse = encoding.name === 'top-k' ? keepLargest(values, 0.1) : values;
  const encoded = encoding.encodeRange(sparse, random.next);
  const out = new Float32Array(pieceElements);
  const ranges = 256; // 64 MB of values
  const times = (run: () => unknown) => () => {
    for (let i = 0; i < ranges; i += 1) run();
  };
  const memcpy = { name: 'memcpy', run: times(() => out.set(values)) };
  const results: Measured[] = [];
  for (const [action, run] of [
    ['decode', () => encoding.decodeRange(encoded, out, 'x')],
    ['encode', () => encoding.encodeRange(sparse, random.next)],
  ] as const) {
    const options = {
      case: `${action}-wire-${encoding.name}${encoding.name === 'top-k' ? '-0.1' : ''}`,
      unit: 'GB/s' as const,
      figure: (seconds: number) => (ranges * 4 * pieceElements) / 1e9 / seconds,
      repeats,
    };
    results.push(...(await measure([{ name: 'colora', run: times(run) }, memcpy], options)));
  }
  return results;
}

// Values are read after decoding (one of each tensor): Python's load may hand out views that were never touched.
const pythonScript = `
import json, resource, sys, time
import numpy as np
from safetensors.numpy import load, save
action, tensors, elements, repeats = sys.argv[1], *map(int, sys.argv[2:])
values = np.random.default_rng(0).random(elements, dtype=np.float32)
maps = {f"layers.{i}.mlp.fc1.shared.A": values.copy() for i in range(tensors)}
encoded = save(maps)
run = (lambda: save(maps)) if action == "encode" else (lambda: sum(t[0] for t in load(encoded).values()))
run()
seconds = []
for _ in range(repeats):
    begin = time.perf_counter()
    run()
    seconds.append(time.perf_counter() - begin)
try:
    peak = next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM"))
except OSError:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
rate = len(encoded) / 1e9 / float(np.median(seconds))
print(json.dumps({"median": float(f"{rate:.4g}"), "unit": "GB/s", "peakMemoryMB": peak // 1024}))
`;

function measurePython(action: 'encode' | 'decode', { name, tensors, elements }: Shape): Result {
  const python = process.env.COLORA_PYTHON ?? 'python3';
  const sizes = [action, tensors, elements, repeats].map(String);
  const child = spawnSync(python, ['-c', pythonScript, ...sizes], { encoding: 'utf8' });
  const which = { case: `${action}-f32-${name}`, implementation: 'python-safetensors' };
  if (child.status === 0)
    return { ...which, ...(JSON.parse(child.stdout) as Omit<Measured, keyof typeof which>) };
  const reason = child.error?.message ?? child.stderr.trim().split('\n').at(-1) ?? 'failed';
  return { ...which, skipped: reason };
}

const results: Result[] = [];
for (const shape of shapes) results.push(...(await measureShape(shape)));
for (const dtype of ['F16', 'BF16'] as const) results.push(...(await measureHalves(dtype)));
for (const encoding of Object.values(wireEncodings)) results.push(...(await measureWire(encoding)));
for (const shape of shapes) results.push(measurePython('encode', shape), measurePython('decode', shape));
report(
  results.sort((a, b) => (a.case < b.case ? -1 : a.case > b.case ? 1 : 0)),
  'memcpy',
);
