// Collects ONNX nodes and initializers while a graph is written, giving names and making every constant once.
// Which ONNX operators a kernel becomes is said in kernels/; the order of writing in emit.ts.
import {
  broadcastShapes,
  type Constant,
  type External,
  type FileRange,
  type Node,
  sameShape,
  sizeOf,
  type Value,
  type ValueType,
  weightsOf,
} from '../graph.ts';
import type { Emitter, OnnxAttribute, OnnxType, QuantisedOperand } from '../kernel-row.ts';
import { copyServes, liesForward } from '../memory/conversions.ts';
import { attributeMessage, bytesOf, externalMessage, int64Tensor, scalarBytes } from './onnx-messages.ts';
import { dataTypes, type NodeMessage, type TensorMessage } from './onnx-schema.ts';

/** A repeated number is written out as data up to this many elements, made by a node beyond. */
const writtenOut = 16;

/** The domain of onnxruntime's own operators, and those of them that are used here. */
export const microsoft = 'com.microsoft';
const ownOperators: ReadonlySet<string> = new Set([
  'DynamicQuantizeMatMul',
  'FusedMatMul',
  'MatMulNBits',
  'QuickGelu',
]);

export class OnnxWriter implements Emitter {
  /** In the order of the graph. */
  readonly #nodes: NodeMessage[] = [];
  /** What makes floats of weights stored in fewer bits. */
  readonly #conversions: NodeMessage[] = [];
  readonly #converted = new Map<External, { readonly name: string; readonly at: number }>();
  /** Of the graph's node that is being written. */
  #place = 0;
  readonly initializers: TensorMessage[] = [];
  readonly #names = new Map<Value, string>();
  readonly #constants: ReadonlyMap<Value, Constant>;
  readonly #externals: ReadonlyMap<Value, External>;
  readonly #shared = new Map<string, string>();
  #count = 0;

  readonly extended: boolean;

  constructor(constants: readonly Constant[], externals: readonly External[], extended: boolean) {
    this.extended = extended;
    this.#constants = new Map(constants.map((constant) => [constant.value, constant]));
    this.#externals = weightsOf({ externals });
  }

  /**
   * Conversions of weights first. onnxruntime runs depth-first from the outputs and takes of a node's operands those
   * listed last first: a conversion listed beside its product would run before the product's other operand is begun,
   * all of them before everything else, and float32 copies of all weights would be there at once.
   */
  get nodes(): NodeMessage[] {
    return [...this.#conversions, ...this.#nodes];
  }

  /** The graph's next node is written. */
  begin(place: number): void {
    this.#place = place;
  }

  append(node: NodeMessage): void {
    this.#nodes.push(node);
  }

  define(value: Value, name: string): void {
    this.#names.set(value, name);
  }

  name(value: Value): string {
    const known = this.#names.get(value);
    if (known !== undefined) return known;
    const external = this.#externals.get(value);
    if (external !== undefined && external.tensor.dtype !== 'F32') return this.#asFloats(external);
    const name = this.#source(value);
    this.#names.set(value, name);
    return name;
  }

  operands(node: Node): string[] {
    const shape = node.outputs[0]!.shape;
    const scalars = node.inputs.map((input) => (this.#constants.get(input)?.splat ? [] : input.shape));
    if (!sameShape(broadcastShapes(...scalars) ?? [], shape))
      return node.inputs.map((input) => this.name(input));
    return node.inputs.map((input) => {
      const constant = this.#constants.get(input);
      return constant?.splat ? this.scalar(Number(constant.data[0]), input.dtype) : this.name(input);
    });
  }

  storedHalf(value: Value): string | undefined {
    const external = this.#externals.get(value);
    return external && external.tensor.dtype !== 'F32' ? this.#stored(external) : undefined;
  }

  quantised(value: Value, transposed: boolean): QuantisedOperand | undefined {
    const external = this.#externals.get(value);
    const quantised = external?.tensor.quantised;
    if (external === undefined || quantised === undefined) return undefined;
    const { name, file, shape } = external.tensor;
    const stored = (part: string, dims: readonly number[], type: keyof typeof dataTypes, range: FileRange) =>
      this.#once(`external ${name}.${part}`, () => externalMessage(dims, dataTypes[type], file, range));
    if ('plain' in quantised) {
      const [height, width] = (transposed ? shape.toReversed() : shape) as [number, number];
      const which = transposed ? 'transposed' : 'plain';
      const { data, scales } = quantised[which];
      const signed = quantised.form === 'signed';
      return {
        block: null,
        data: stored(which, [height, width], signed ? 'int8' : 'uint8', data),
        scales: stored(`${which}.scales`, [width], 'float32', scales),
        ...(signed ? {} : { zeroPoints: this.#middles([width]) }),
      };
    }
    const { bits, block, rows } = quantised;
    const [out, width] = (name.endsWith('.T') ? shape.toReversed() : shape) as [number, number];
    const blocks = width / block;
    return {
      bits,
      block,
      forward: liesForward(name, transposed),
      data: stored('blocks', [out, blocks, (block * bits) / 8], 'uint8', rows.data),
      scales: stored('scales', [out * blocks], 'float32', rows.scales),
      dequantised: () => {
        const data = stored('rows', [out, width], bits === 8 ? 'uint8' : 'uint4', rows.data);
        const scales = stored('rows.scales', [out, blocks], 'float32', rows.scales);
        const attributes = { axis: { i: 1 }, block_size: { i: block } };
        const middles = bits === 8 ? this.#middles([out, blocks]) : this.#eights(out, blocks);
        return this.#convert('DequantizeLinear', [data, scales, middles], attributes);
      },
    };
  }

  /** The zero point of unsigned bytes, 128, once a column or a block. */
  #middles(dims: readonly number[]): string {
    return this.#once(`middles ${dims}`, () => ({
      dims,
      data_type: dataTypes.uint8,
      raw_data: new Uint8Array(sizeOf(dims)).fill(128),
    }));
  }

  /** The zero point of nibbles, 8, once a block. [rows, columns] */
  #eights(rows: number, columns: number): string {
    return this.#once(`eights ${rows} ${columns}`, () => ({
      dims: [rows, columns],
      data_type: dataTypes.uint4,
      raw_data: new Uint8Array(Math.ceil((rows * columns) / 2)).fill(0x88),
    }));
  }

  op(
    opType: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, OnnxAttribute>> = {},
  ): string {
    return this.ops(opType, inputs, 1, attributes)[0]!;
  }

  ops(
    opType: string,
    inputs: readonly string[],
    outputs: number,
    attributes: Readonly<Record<string, OnnxAttribute>> = {},
  ): string[] {
    const node = this.#node(opType, inputs, outputs, attributes);
    this.#nodes.push(node);
    return node.output;
  }

  #node(
    opType: string,
    inputs: readonly string[],
    outputs: number,
    attributes: Readonly<Record<string, OnnxAttribute>>,
  ): NodeMessage {
    const output = Array.from({ length: outputs }, () => this.#fresh('t'));
    return {
      op_type: opType,
      name: `${opType}:${output[0]}`,
      input: [...inputs],
      output,
      attribute: Object.entries(attributes).map(([name, value]) => attributeMessage(name, value)),
      ...(ownOperators.has(opType) ? { domain: microsoft } : {}),
    };
  }

  #convert(
    opType: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, OnnxAttribute>>,
  ): string {
    const node = this.#node(opType, inputs, 1, attributes);
    this.#conversions.push(node);
    return node.output[0]!;
  }

  /** Weights as floats: conversions.ts says which uses share a copy. */
  #asFloats(external: External): string {
    const last = this.#converted.get(external);
    if (last !== undefined && this.#place - last.at <= copyServes) return last.name;
    const name = this.#convert('Cast', [this.#stored(external)], { to: { i: dataTypes.float32 } });
    this.#converted.set(external, { name, at: this.#place });
    return name;
  }

  cast(name: string, to: OnnxType): string {
    return this.op('Cast', [name], { to: { i: dataTypes[to] } });
  }

  ints(values: readonly number[]): string {
    return this.#once(`ints ${values}`, () => int64Tensor([values.length], values));
  }

  int(value: number): string {
    return this.#once(`int ${value}`, () => int64Tensor([], [value]));
  }

  scalar(value: number, dtype: ValueType): string {
    const text = Object.is(value, -0) ? '-0' : String(value);
    return this.#once(`scalar ${dtype} ${text}`, () => ({
      dims: [],
      data_type: dataTypes[dtype],
      raw_data: scalarBytes(value, dtype),
    }));
  }

  #source(value: Value): string {
    const external = this.#externals.get(value);
    if (external !== undefined) return this.#stored(external);
    const constant = this.#constants.get(value);
    if (constant === undefined) throw new Error(`value ${value.id} is used before it is made`);
    return constant.splat ? this.#repeated(constant) : this.#literal(value, bytesOf(constant.data));
  }

  #literal({ shape, dtype }: Value, raw_data: Uint8Array): string {
    const name = this.#fresh('c');
    this.initializers.push({ name, dims: shape, data_type: dataTypes[dtype], raw_data });
    return name;
  }

  #repeated({ value, data }: Constant): string {
    const size = sizeOf(value.shape);
    const number = Number(data[0]);
    if (size > writtenOut)
      return this.op('Expand', [this.scalar(number, value.dtype), this.ints(value.shape)]);
    const element = scalarBytes(number, value.dtype);
    return this.#literal(value, Buffer.concat(Array.from({ length: size }, () => element)));
  }

  #stored({ tensor }: External): string {
    if (tensor.quantised !== undefined) {
      throw new Error(
        `weight ${tensor.name} is kept in ${tensor.quantised.bits} bits: only products can use it`,
      );
    }
    return this.#once(`external ${tensor.name}`, () =>
      externalMessage(tensor.shape, dataTypes[tensor.dtype], tensor.file, tensor),
    );
  }

  #once(key: string, make: () => TensorMessage): string {
    const known = this.#shared.get(key);
    if (known !== undefined) return known;
    const name = key.startsWith('external ') ? `weight:${key.slice(9)}` : this.#fresh('c');
    this.initializers.push({ name, ...make() });
    this.#shared.set(key, name);
    return name;
  }

  #fresh(prefix: string): string {
    this.#count += 1;
    return `${prefix}${this.#count}`;
  }
}
