// Arithmetic over whole tensor maps: pure functions, their arguments stay as they are.
// Both sides must hold the same names and shapes; a mismatch is an error that names the tensor.
import { sameShape, type Tensor, type TensorMap } from './tensor.ts';

/** a + b, element by element. */
export function add(a: TensorMap, b: TensorMap): TensorMap {
  return addScaled(a, b, 1);
}

/** a - b, element by element. */
export function subtract(a: TensorMap, b: TensorMap): TensorMap {
  return addScaled(a, b, -1);
}

/** k * map. */
export function scale(map: TensorMap, k: number): TensorMap {
  return mapTensors(map, (tensor) => {
    const data = new Float32Array(tensor.data.length);
    for (let i = 0; i < data.length; i += 1) data[i] = tensor.data[i]! * k;
    return data;
  });
}

/** a + k * b, computed in f64 and rounded once to f32. */
export function addScaled(a: TensorMap, b: TensorMap, k: number): TensorMap {
  assertSameSchema(a, b);
  return mapTensors(a, (left, name) => {
    const right = b.get(name)!;
    const data = new Float32Array(left.data.length);
    for (let i = 0; i < data.length; i += 1) data[i] = left.data[i]! + k * right.data[i]!;
    return data;
  });
}

/** The global Euclidean norm: sqrt of the sum of squares over all tensors, summed in f64. 0 for an empty map. */
export function norm(map: TensorMap): number {
  let sum = 0;
  for (const { data } of map.values()) {
    for (let i = 0; i < data.length; i += 1) sum += data[i]! * data[i]!;
  }
  return Math.sqrt(sum);
}

/** Whether no element is NaN or infinite. */
export function allFinite(map: TensorMap): boolean {
  for (const { data } of map.values()) if (!finiteValues(data)) return false;
  return true;
}

/** Whether no value is NaN or infinite. */
export function finiteValues(data: Float32Array): boolean {
  for (let i = 0; i < data.length; i += 1) if (!Number.isFinite(data[i])) return false;
  return true;
}

/** A deep copy: shares no memory with `map`. */
export function cloneTensors(map: TensorMap): TensorMap {
  return mapTensors(map, (tensor) => tensor.data.slice());
}

/** Throws RangeError naming the first tensor that only one side has or whose shapes differ. */
function assertSameSchema(a: TensorMap, b: TensorMap): void {
  for (const [name, left] of a) {
    const right = b.get(name);
    if (right === undefined) throw new RangeError(`tensor ${name} is missing on the right side`);
    if (!sameShape(left.shape, right.shape)) {
      throw new RangeError(
        `tensor ${name} has shape [${left.shape.join(', ')}] on the left and [${right.shape.join(', ')}] on the right`,
      );
    }
  }
  for (const name of b.keys()) {
    if (!a.has(name)) throw new RangeError(`tensor ${name} is missing on the left side`);
  }
}

function mapTensors(map: TensorMap, values: (tensor: Tensor, name: string) => Float32Array): TensorMap {
  const result = new Map<string, Tensor>();
  for (const [name, tensor] of map) {
    result.set(name, { shape: [...tensor.shape], data: values(tensor, name) });
  }
  return result;
}
