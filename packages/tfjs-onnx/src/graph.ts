// The graph a traced function becomes: plain data in single-assignment form, nodes in execution order,
// kernels named as tfjs names them. No tracing, no rewriting and no ONNX here.

export type ValueType = 'float32' | 'int32' | 'bool';

/** One tensor of the graph. Compared by identity: two values are the same only if they are one object. */
export interface Value {
  readonly id: number;
  readonly shape: readonly number[];
  readonly dtype: ValueType;
}

export interface NamedValue {
  readonly name: string;
  readonly value: Value;
}

export type Attribute = number | string | boolean | readonly number[];
export type Attributes = Readonly<Record<string, Attribute>>;

export interface Node {
  readonly kernel: string;
  readonly inputs: readonly Value[];
  readonly attributes: Attributes;
  readonly outputs: readonly Value[];
}

export type ConstantData = Float32Array | Int32Array | Uint8Array;

/** A splat holds one element that stands for every element of the value, however large it is. */
export interface Constant {
  readonly value: Value;
  readonly data: ConstantData;
  readonly splat: boolean;
}

/** Bytes from a file's start. */
export interface FileRange {
  readonly offset: number;
  readonly length: number;
}

/**
 * By columns: int8, or uint8 with 128 for zero, [K, N], a scale a column. In blocks: uint8 [N, K / block, bytes], a scale
 * a block, as onnxruntime's MatMulNBits wants it.
 */
interface QuantisedMatrix {
  readonly data: FileRange;
  readonly scales: FileRange;
}

/**
 * By columns: the matrix W as it lies, for x W, and transposed, for x W^T. In blocks: the rows of a layer's [out, in]
 * matrix, whichever way W itself lies; products with its transpose use the very same values.
 */
type QuantisedTensor =
  | {
      readonly bits: 8;
      readonly form: 'signed' | 'unsigned';
      readonly plain: QuantisedMatrix;
      readonly transposed: QuantisedMatrix;
    }
  | { readonly bits: 4 | 8; readonly block: number; readonly rows: QuantisedMatrix };

/** Weights that stay in their safetensors file; `offset` and `length` are bytes from the file's start. */
export interface ExternalTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: 'F32' | 'F16' | 'BF16';
  readonly file: string;
  readonly offset: number;
  readonly length: number;
  /** The matrix is there in fewer bits only, and only products can use it. */
  readonly quantised?: QuantisedTensor;
}

export interface External {
  readonly value: Value;
  readonly tensor: ExternalTensor;
}

export interface Graph {
  readonly inputs: readonly NamedValue[];
  readonly externals: readonly External[];
  readonly constants: readonly Constant[];
  readonly nodes: readonly Node[];
  readonly outputs: readonly NamedValue[];
}

/** By the value that stands for each. */
export function weightsOf({ externals }: Pick<Graph, 'externals'>): ReadonlyMap<Value, External> {
  return new Map(externals.map((external) => [external.value, external]));
}

let lastId = 0;

/** A value that no other graph of this process has: ids are never reused. */
export function newValue(shape: readonly number[], dtype: ValueType): Value {
  lastId += 1;
  return { id: lastId, shape: [...shape], dtype };
}

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, dimension) => product * dimension, 1);
}

const bytesAnElement = { float32: 4, int32: 4, bool: 1 } as const;

/** What the value takes in memory. */
export function bytesOf({ shape, dtype }: Value): number {
  return sizeOf(shape) * bytesAnElement[dtype];
}

export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((dimension, i) => dimension === b[i]);
}

/** The shape of numpy-style broadcasting, or null where the shapes don't fit each other. */
export function broadcastShapes(...shapes: readonly (readonly number[])[]): number[] | null {
  const rank = Math.max(0, ...shapes.map((shape) => shape.length));
  const result: number[] = new Array(rank).fill(1);
  for (const shape of shapes) {
    for (let i = 0; i < shape.length; i++) {
      const at = rank - shape.length + i;
      const dimension = shape[i]!;
      if (dimension === 1 || dimension === result[at]) continue;
      if (result[at] !== 1) return null;
      result[at] = dimension;
    }
  }
  return result;
}
