// Random tensor maps for the property tests of the codec. Tests only.
import fc from 'fast-check';
import { elementCount, type Tensor, type TensorMap } from './tensor.ts';

const shape = fc.array(fc.nat(4), { maxLength: 3 });

/** Finite values that every dtype of the codec holds exactly: small multiples of 1/4. */
const exactValue = fc.integer({ min: -128, max: 127 }).map((n) => n / 4);
/** Any float32, NaN and infinities included. */
const anyValue = fc.float();

const names = fc.oneof(
  fc.string({ unit: 'binary' }).filter((name) => name !== '__metadata__'),
  fc.constantFrom('__proto__', 'constructor', '10', '9', '', '"\\', 'layers.1.mlp.fc1.shared.A'),
);

export const metadata: fc.Arbitrary<Record<string, string>> = fc.dictionary(
  names,
  fc.string({ unit: 'binary' }),
  { noNullPrototype: true },
);

export const exactMaps: fc.Arbitrary<TensorMap> = mapsOf(exactValue);
export const anyMaps: fc.Arbitrary<TensorMap> = mapsOf(anyValue);

function mapsOf(value: fc.Arbitrary<number>): fc.Arbitrary<TensorMap> {
  const tensor: fc.Arbitrary<Tensor> = shape.chain((sizes) => {
    const count = elementCount(sizes);
    return fc
      .array(value, { minLength: count, maxLength: count })
      .map((values) => ({ shape: sizes, data: Float32Array.from(values) }));
  });
  return fc.array(fc.tuple(names, tensor), { maxLength: 6 }).map((entries) => new Map(entries));
}
