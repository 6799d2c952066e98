// Damages to sound files, as fast-check arbitraries: bytes set, cut out, put in and repeated anywhere; values of JSON replaced
// by odd ones, taken away and moved, in a whole file or in the header of a safetensors file.
import fc from 'fast-check';
import type { FuzzTarget } from './target.ts';

/** Numbers that lengths, counts and offsets break at. */
const oddNumbers = [
  0,
  1,
  -1,
  0x7f,
  0x80,
  0xffff,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 32 - 1,
  2 ** 32,
  2 ** 53,
  2 ** 62,
];

const oddValues: readonly unknown[] = [
  ...oddNumbers,
  ...[
    0.5,
    -1.5,
    1e308,
    null,
    true,
    false,
    '',
    ' ',
    'constructor',
    '__proto__',
    '0',
    '\ud800',
    '\0',
    '\u001b[2J',
  ],
  ...['a'.repeat(5_000), [], {}, [[]], [null], [-1], [2 ** 40, 2 ** 40], { '': null }, deep(500)],
];

function deep(levels: number): unknown {
  let value: unknown = [];
  for (let level = 1; level < levels; level += 1) value = level % 2 === 0 ? [value] : { a: value };
  return value;
}

/** One of the target's sound inputs with one to four damages. */
export function damaged({ form, corpus }: Pick<FuzzTarget, 'form' | 'corpus'>): fc.Arbitrary<Uint8Array> {
  const sound = fc.constantFrom(...corpus);
  const anywhere = fc
    .tuple(sound, damages(byteDamage))
    .map(([bytes, each]) => each.reduce(damageBytes, bytes));
  if (form === 'bytes') return anywhere;
  const values = fc
    .tuple(sound, damages(valueDamage))
    .map(([bytes, each]) => (form === 'json' ? damageJson(bytes, each) : damageHeader(bytes, each)));
  return fc.oneof({ weight: 3, arbitrary: values }, { weight: 1, arbitrary: anywhere });
}

const damages = <Damage>(one: fc.Arbitrary<Damage>) => fc.array(one, { minLength: 1, maxLength: 4 });

const byteDamage = fc.record({
  kind: fc.constantFrom('set', 'number', 'end', 'cut', 'repeat', 'put'),
  /** Where, of 2^20; half of the damages are near the start, where headers are. */
  at: fc.oneof(fc.nat(2 ** 20 - 1), fc.nat(2 ** 14)),
  length: fc.nat(64),
  value: fc.nat(255),
  number: fc.constantFrom(...oddNumbers),
});
type ByteDamage = typeof byteDamage extends fc.Arbitrary<infer Damage> ? Damage : never;

function damageBytes(bytes: Uint8Array, { kind, at, length, value, number }: ByteDamage): Uint8Array {
  const start = Math.floor((at / 2 ** 20) * bytes.length);
  const [before, after] = [bytes.subarray(0, start), bytes.subarray(start)];
  if (kind === 'end') return before;
  if (kind === 'cut') return Buffer.concat([before, after.subarray(length)]);
  if (kind === 'repeat') return Buffer.concat([before, after.subarray(0, length), after]);
  if (kind === 'put') return Buffer.concat([before, new Uint8Array(length).fill(value), after]);
  const changed = Buffer.from(bytes);
  if (kind === 'set' && start < changed.length) changed[start] = value;
  if (kind === 'number' && start + 8 <= changed.length) changed.writeBigInt64LE(BigInt(number), start);
  return changed;
}

const valueDamage = fc.record({
  kind: fc.constantFrom('replace', 'replace', 'remove', 'swap'),
  place: fc.nat(),
  other: fc.nat(),
  value: fc.constantFrom(...oddValues),
});
type ValueDamage = typeof valueDamage extends fc.Arbitrary<infer Damage> ? Damage : never;

function damageJson(bytes: Uint8Array, each: readonly ValueDamage[]): Uint8Array {
  const whole = { it: JSON.parse(Buffer.from(bytes).toString()) as unknown };
  for (const damage of each) damageValue(whole, damage);
  return new TextEncoder().encode(JSON.stringify(whole.it ?? null));
}

/** The eight bytes of its length told anew. */
function damageHeader(bytes: Uint8Array, each: readonly ValueDamage[]): Uint8Array {
  const end = 8 + Number(Buffer.from(bytes).readBigUInt64LE(0));
  const header = damageJson(bytes.subarray(8, end), each);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, header, bytes.subarray(end)]);
}

type Container = Record<string, unknown>;

function damageValue(whole: Container, { kind, place, other, value }: ValueDamage): void {
  const places = [...placesIn(whole)];
  const [container, key] = places[place % places.length]!;
  const [from, name] = places[other % places.length]!;
  if (kind === 'remove' && container !== whole) delete container[key];
  else container[key] = structuredClone(kind === 'swap' ? from[name] : value);
}

function* placesIn(container: Container): Generator<[Container, string]> {
  for (const [key, value] of Object.entries(container)) {
    yield [container, key];
    if (typeof value === 'object' && value !== null) yield* placesIn(value as Container);
  }
}
