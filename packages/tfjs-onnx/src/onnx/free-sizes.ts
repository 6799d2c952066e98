// One ONNX model for all sizes along some axes of its inputs. A trace knows numbers only, so a function is traced at
// several sizes; what then differs between the models are shapes and places, made of the sizes when the model runs.
// Not here: writing one graph (emit.ts).
import { isDeepStrictEqual } from 'node:util';
import type { Graph } from '../graph.ts';
import { type Dialect, onnxModel } from './emit.ts';
import {
  attributeTypes,
  dataTypes,
  type ModelContent,
  modelMessage,
  type NodeMessage,
  type TensorMessage,
  type ValueInfoMessage,
} from './onnx-schema.ts';

/** A size that each run chooses: that of this input along this axis. */
export interface FreeAxis {
  readonly input: string;
  readonly axis: number;
}

/** What a function is traced at: its k free sizes, then again with one of them larger, one after the other. */
export function tracingSizes(count: number): number[][] {
  // larger than what else a model counts, so that no number is a size by chance, and primes
  const usual = [100_003, 200_003].slice(0, count);
  if (usual.length < count) throw new RangeError(`${count} free sizes: two at most`);
  return [usual, ...usual.map((_, larger) => usual.map((size, i) => (i === larger ? size + 10_007 : size)))];
}

/**
 * The model, as bytes, of a function that was traced once at each of `tracingSizes(axes.length)`. Shapes and places in it have
 * to be sums of the sizes' multiples, and its constants the same at all sizes: RangeError where they are not.
 */
export function emitWithFreeSizes(
  graphs: readonly Graph[],
  axes: readonly FreeAxis[],
  dialect: Dialect = 'onnxruntime',
): Uint8Array {
  return modelMessage.encode(modelWithFreeSizes(graphs, axes, dialect)).finish();
}

/** The same before it is made bytes. */
export function modelWithFreeSizes(
  graphs: readonly Graph[],
  axes: readonly FreeAxis[],
  dialect: Dialect,
): ModelContent {
  const models = graphs.map((graph) => onnxModel(graph, dialect));
  const [first, ...larger] = models as [ModelContent, ...ModelContent[]];
  for (const { graph } of larger) {
    if (!isDeepStrictEqual(graph.node, first.graph.node)) throw notAlike('operations');
    if (graph.initializer.length !== first.graph.initializer.length) throw notAlike('constants');
  }
  const sizes = tracingSizes(axes.length);
  const steps = axes.map((_, i) => sizes[i + 1]![i]! - sizes[0]![i]!);
  const made: NodeMessage[] = axes.map(sizeNode);
  const constants: TensorMessage[] = [];
  first.graph.initializer.forEach((constant, at) => {
    const others = larger.map(({ graph }) => graph.initializer[at]!);
    if (others.every((other) => isDeepStrictEqual(other, constant))) constants.push(constant);
    else {
      const sum = sumOfSizes(constant, others, sizes[0]!, steps);
      made.push(...sum.nodes);
      constants.push(...sum.constants);
    }
  });
  const open = (which: 'input' | 'output') =>
    first.graph[which].map((info, at) =>
      withFreeDimensions(
        info,
        larger.map(({ graph }) => graph[which][at]!),
      ),
    );
  const graph = {
    ...first.graph,
    node: [...made, ...first.graph.node],
    initializer: constants,
    input: open('input'),
    output: open('output'),
  };
  return { ...first, graph };
}

function notAlike(what: string): RangeError {
  return new RangeError(
    `the function's ${what} are others at other sizes, not only their shapes: it can't be written for all sizes`,
  );
}

const sizeName = (i: number) => `free:size${i}`;

function sizeNode({ input, axis }: FreeAxis, i: number): NodeMessage {
  const between = (name: string, value: number) => ({ name, type: attributeTypes.i, i: value });
  const attribute = [between('start', axis), between('end', axis + 1)];
  return { op_type: 'Shape', name: sizeName(i), input: [input], output: [sizeName(i)], attribute };
}

/** Whole numbers that are constant + sum_i size_i * multiple_i. */
function sumOfSizes(
  constant: TensorMessage,
  others: readonly TensorMessage[],
  sizes: readonly number[],
  steps: readonly number[],
): { nodes: NodeMessage[]; constants: TensorMessage[] } {
  const name = constant.name!;
  const at = numbersOf(constant, name);
  const multiples = others.map((other, i) => {
    const grown = numbersOf(other, name);
    if (grown.length !== at.length) throw notAlike('constants');
    return grown.map((number, k) => (number - at[k]!) / steps[i]!);
  });
  if (!multiples.flat().every(Number.isInteger)) throw notAlike('constants');
  const rest = at.map((number, k) =>
    multiples.reduce((left, multiple, i) => left - multiple[k]! * sizes[i]!, number),
  );
  const nodes: NodeMessage[] = [];
  const constants = [integers(`${name}:rest`, rest)];
  let sum = `${name}:rest`;
  const used = multiples.flatMap((multiple, i) => (multiple.some((number) => number !== 0) ? [i] : []));
  for (const i of used) {
    const [part, total] = [`${name}:part${i}`, i === used.at(-1) ? name : `${name}:sum${i}`];
    constants.push(integers(`${part}:multiple`, multiples[i]!));
    nodes.push(node('Mul', [sizeName(i), `${part}:multiple`], part), node('Add', [sum, part], total));
    sum = total;
  }
  return { nodes, constants };
}

function node(op_type: string, input: string[], output: string): NodeMessage {
  return { op_type, name: `${op_type}:${output}`, input, output: [output], attribute: [] };
}

function numbersOf({ dims, data_type, raw_data }: TensorMessage, name: string): number[] {
  if (data_type !== dataTypes.int64 || dims.length !== 1 || raw_data === undefined) {
    throw new RangeError(
      `constant ${name} is another one at another size: make it of the inputs, or it can't be written for all sizes`,
    );
  }
  const view = new DataView(raw_data.buffer, raw_data.byteOffset, raw_data.byteLength);
  return Array.from({ length: dims[0]! }, (_, k) => Number(view.getBigInt64(8 * k, true)));
}

function integers(name: string, values: readonly number[]): TensorMessage {
  const raw_data = new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
  return { name, dims: [values.length], data_type: dataTypes.int64, raw_data };
}

function withFreeDimensions(info: ValueInfoMessage, others: readonly ValueInfoMessage[]): ValueInfoMessage {
  const { elem_type, shape } = info.type.tensor_type;
  const isFixed = (value: number | undefined, axis: number) =>
    others.every(({ type }) => type.tensor_type.shape.dim[axis]!.dim_value === value);
  const dim = shape.dim.map((one, axis) => (isFixed(one.dim_value, axis) ? one : {}));
  return { name: info.name, type: { tensor_type: { elem_type, shape: { dim } } } };
}
