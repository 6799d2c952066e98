// Named tensors as plain data: in memory always float32, row-major. What travels and what stays are both these.
// Not here: other number formats (dtype.ts), bytes (safetensors.ts), arithmetic (arithmetic.ts).

export interface Tensor {
  /** Sizes of the dimensions, outermost first; [] is a scalar. */
  readonly shape: readonly number[];
  /** Row-major values, exactly elementCount(shape) of them. */
  readonly data: Float32Array;
}

export type TensorMap = ReadonlyMap<string, Tensor>;

/**
 * The number of elements of a shape: 1 for a scalar, 0 where a dimension is 0.
 * Throws RangeError on a dimension that isn't a non-negative integer and on a product past 2^53.
 */
export function elementCount(shape: readonly number[]): number {
  let count = 1;
  for (const size of shape) {
    if (!Number.isSafeInteger(size) || size < 0 || Object.is(size, -0)) {
      throw new RangeError(`a dimension must be an integer of at least 0, not ${size}`);
    }
    count *= size;
    if (!Number.isSafeInteger(count)) throw new RangeError('a shape must hold less than 2^53 elements');
  }
  return count;
}

/** A tensor of zeros. */
export function zeros(shape: readonly number[]): Tensor {
  return { shape: [...shape], data: new Float32Array(elementCount(shape)) };
}

/** A tensor of the given values; throws RangeError where their number doesn't fit the shape. */
export function tensor(shape: readonly number[], values: ArrayLike<number>): Tensor {
  const expected = elementCount(shape);
  if (values.length !== expected) {
    throw new RangeError(`shape [${shape.join(', ')}] holds ${expected} values, not ${values.length}`);
  }
  return { shape: [...shape], data: Float32Array.from(values) };
}

/** Whether two shapes are equal. */
export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}

/** Of one shape, and of the same values to the bit; false where one is missing. */
export function sameTensor(a: Tensor | undefined, b: Tensor | undefined): boolean {
  if (a === undefined || b === undefined || !sameShape(a.shape, b.shape)) return false;
  return a.data.every((value, index) => Object.is(value, b.data[index]));
}
