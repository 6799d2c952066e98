// The interface of the kernel table: one row a tfjs kernel, saying what a call of it yields (shapes, types)
// and how it is written in ONNX. The rows themselves are in kernels/.
import type { Attribute, Attributes, ConstantData, Node, Value, ValueType } from './graph.ts';

export interface Shaped {
  readonly shape: readonly number[];
  readonly dtype: ValueType;
}

/** What a traced call becomes: a node, another name of an existing value, or a constant known now. */
export type Traced =
  | { readonly kernel?: string; readonly attributes?: Attributes; readonly outputs: readonly Shaped[] }
  | { readonly alias: Value }
  | { readonly constant: Shaped & { readonly data: ConstantData; readonly splat: boolean } };

/** The attributes as tfjs gives them: named unlike those of the ops, values not yet normalised. */
export type RawAttributes = Readonly<Record<string, unknown>>;

export interface KernelRow {
  /** tfjs's names of the inputs in the order `trace` and `emit` see them; 'list' takes all as they come. */
  readonly inputs: readonly string[] | 'list';
  readonly trace: (inputs: readonly Value[], attributes: RawAttributes) => Traced;
  /** Writes the node; returns the ONNX names of its outputs. Absent where `trace` never yields a node. */
  readonly emit?: (node: Node, e: Emitter) => string | readonly string[];
  /** Element-wise with numpy broadcasting: an operand may come in any shape that broadcasts to the result. */
  readonly broadcasts?: true;
}

export type KernelTable = Readonly<Record<string, KernelRow>>;

export type OnnxAttribute =
  | { readonly i: number }
  | { readonly f: number }
  | { readonly ints: readonly number[] }
  | { readonly s: string };

export type OnnxType = ValueType | 'int64' | 'float64' | 'uint8';

/** ONNX names of a quantised matrix's integers and scales, and of the zero points where its bytes are unsigned. */
export type QuantisedOperand =
  | {
      readonly block: null;
      readonly data: string;
      readonly scales: string;
      readonly zeroPoints?: string;
    }
  /** `rows` [N, K]; `forward`: the product wanted is x rows^T, else x rows. `dequantised` makes [N, K] floats. */
  | {
      readonly bits: 4 | 8;
      readonly block: number;
      readonly forward: boolean;
      readonly data: string;
      readonly scales: string;
      readonly dequantised: () => string;
    };

export interface Emitter {
  /** Operators that onnxruntime adds to the standard may be used. */
  readonly extended: boolean;
  /** The ONNX name of a value in full. */
  name(value: Value): string;
  /** Names of the inputs of a broadcasting node: constants of one repeated number are given as scalars. */
  operands(node: Node): string[];
  /** The stored 16-bit tensor behind a value, if it is an external one that is cast to float32. */
  storedHalf(value: Value): string | undefined;
  /** The stored matrix in fewer bits behind a value, as an operand of x W (`transposed`: x W^T); undefined for others. */
  quantised(value: Value, transposed: boolean): QuantisedOperand | undefined;
  op(opType: string, inputs: readonly string[], attributes?: Readonly<Record<string, OnnxAttribute>>): string;
  ops(
    opType: string,
    inputs: readonly string[],
    outputs: number,
    attributes?: Readonly<Record<string, OnnxAttribute>>,
  ): string[];
  cast(name: string, to: OnnxType): string;
  /** int64 vector, made once however often it is asked for. */
  ints(values: readonly number[]): string;
  int(value: number): string;
  scalar(value: number, dtype: ValueType): string;
}

export function numberOf(attributes: RawAttributes, name: string): number {
  const value = attributes[name];
  if (typeof value !== 'number') throw new TypeError(`attribute ${name} should be a number`);
  return value;
}

export function numbersOf(attributes: RawAttributes, name: string): number[] {
  const value = attributes[name];
  if (typeof value === 'number') return [value];
  if (Array.isArray(value) || ArrayBuffer.isView(value)) return Array.from(value as unknown as number[]);
  throw new TypeError(`attribute ${name} should be a list of numbers`);
}

export function attributeNumber(node: Node, name: string): number {
  return node.attributes[name] as Attribute as number;
}

export function attributeNumbers(node: Node, name: string): readonly number[] {
  return node.attributes[name] as readonly number[];
}

/** The axis as 0 .. rank-1. */
export function positiveAxis(axis: number, rank: number): number {
  const positive = axis < 0 ? axis + rank : axis;
  if (positive < 0 || positive >= Math.max(rank, 1)) {
    throw new RangeError(`axis ${axis} is outside a tensor of rank ${rank}`);
  }
  return positive;
}

/** null and undefined mean every axis, as everywhere in tfjs. */
export function reductionAxes(axis: unknown, rank: number): number[] {
  if (axis === undefined || axis === null) return Array.from({ length: rank }, (_, i) => i);
  const list = (Array.isArray(axis) ? axis : [axis]) as number[];
  return [...new Set(list.map((one) => positiveAxis(one, rank)))].sort((a, b) => a - b);
}
