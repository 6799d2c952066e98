// What is recorded while a function is traced: which tfjs data id stands for which value, the constants, the
// nodes in order. Knows tfjs's tensors only as data ids with a shape; the backend that feeds it is
// trace-backend.ts.
import type { Constant, ConstantData, External, NamedValue, Node, Value, ValueType } from './graph.ts';
import { newValue, sameShape, sizeOf } from './graph.ts';
import type { KernelRow, RawAttributes, Shaped, Traced } from './kernel-row.ts';

export class Recorder {
  readonly nodes: Node[] = [];
  readonly constants: Constant[] = [];
  readonly externals: External[] = [];
  readonly inputs: NamedValue[] = [];
  readonly #values = new WeakMap<object, Value>();

  bind(dataId: object, value: Value): void {
    this.#values.set(dataId, value);
  }

  /** A data id of an eager backend may be worn in several shapes: the other ones are reshapes of the first. */
  valueOf(dataId: object, shape: readonly number[]): Value | undefined {
    const value = this.#values.get(dataId);
    if (value === undefined || sameShape(value.shape, shape)) return value;
    return this.#node('Reshape', [value], { outputs: [{ shape, dtype: value.dtype }] })[0];
  }

  /** Numbers that are all alike are kept as one (ones, zeros and masks are often large). */
  addConstant(data: ConstantData, shape: readonly number[], dtype: ValueType): Value {
    const first = data[0];
    const alike = data.length > 1 && data.every((element) => Object.is(element, first));
    const value = newValue(shape, dtype);
    this.constants.push({ value, data: alike ? data.slice(0, 1) : data, splat: alike });
    return value;
  }

  /** Runs a kernel's row: the values its outputs stand for, new or old. */
  record(kernel: string, row: KernelRow, inputs: readonly Value[], attributes: RawAttributes): Value[] {
    const traced = row.trace(inputs, attributes);
    if ('alias' in traced) return [traced.alias];
    if ('constant' in traced) return [this.#constant(traced.constant)];
    return this.#node(traced.kernel ?? kernel, inputs, traced);
  }

  #constant(constant: Shaped & { data: ConstantData; splat: boolean }): Value {
    const value = newValue(constant.shape, constant.dtype);
    this.constants.push({ value, data: constant.data, splat: constant.splat });
    return value;
  }

  #node(kernel: string, inputs: readonly Value[], traced: Extract<Traced, { outputs: unknown }>): Value[] {
    const outputs = traced.outputs.map(({ shape, dtype }) => newValue(shape, dtype));
    if (outputs.some(({ shape }) => sizeOf(shape) === 0)) throw new RangeError('an empty tensor');
    this.nodes.push({ kernel, inputs: inputs.filter(Boolean), attributes: traced.attributes ?? {}, outputs });
    return outputs;
  }
}
