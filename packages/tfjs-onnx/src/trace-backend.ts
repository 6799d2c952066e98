// A tfjs backend that computes nothing: its kernels record themselves. It is registered for the time of one
// trace and removed after it, so that the engine keeps no sign of it.
import * as tf from '@tensorflow/tfjs-core';
import type { ConstantData, Value, ValueType } from './graph.ts';
import type { KernelRow } from './kernel-row.ts';
import { kernelTable } from './kernel-table.ts';
import type { Recorder } from './recorder.ts';
import { callSite, TraceError } from './trace-error.ts';

export const backendName = 'colora-trace';

export class TraceBackend extends tf.KernelBackend {
  readonly recorder: Recorder;
  /** How many tensors wear each data id: a variable shares that of the tensor it was made from. */
  readonly #references = new Map<object, number>();

  constructor(recorder: Recorder) {
    super();
    this.recorder = recorder;
  }

  /** A new data id that stands for the value. */
  dataIdOf(value: Value): object {
    const dataId = {};
    this.#references.set(dataId, 1);
    this.recorder.bind(dataId, value);
    return dataId;
  }

  override write(values: tf.BackendValues, shape: number[], dtype: tf.DataType): object {
    const type = checkedType(dtype);
    return this.dataIdOf(this.recorder.addConstant(values as ConstantData, shape, type));
  }

  override readSync(): never {
    throw new TraceError(
      `a traced tensor has no data to read: it was asked for at ${callSite()}. ` +
        'Compute with tf operations only; return a tensor to see its numbers when the graph runs.',
    );
  }

  override async read(): Promise<never> {
    return this.readSync();
  }

  override disposeData(dataId: object, force = false): boolean {
    const left = force ? 0 : this.refCount(dataId) - 1;
    if (left > 0) this.#references.set(dataId, left);
    else this.#references.delete(dataId);
    return left <= 0;
  }

  override numDataIds(): number {
    return this.#references.size;
  }

  /** A variable made of a tensor of another backend is counted there, where its end will be too. */
  override incRef(dataId: object): void {
    const owner = tf.engine().state.tensorInfo.get(dataId)?.backend;
    if (owner !== undefined && owner !== this) owner.incRef(dataId);
    else this.#references.set(dataId, this.refCount(dataId) + 1);
  }

  override refCount(dataId: object): number {
    return this.#references.get(dataId) ?? 0;
  }

  override floatPrecision(): 32 {
    return 32;
  }
  override memory(): { unreliable: boolean } {
    return { unreliable: true };
  }
  override timerAvailable(): boolean {
    return false;
  }
  override dispose(): void {}
}

function checkedType(dtype: tf.DataType): ValueType {
  if (dtype === 'float32' || dtype === 'int32' || dtype === 'bool') return dtype;
  throw new TraceError(`${dtype} tensors can't be traced (at ${callSite()}): use float32, int32 or bool`);
}

/** Tensors made before the trace live on another backend: they are read there, once, and become constants. */
function knownValue(backend: TraceBackend, info: tf.TensorInfo): Value {
  const known = backend.recorder.valueOf(info.dataId, info.shape);
  if (known !== undefined) return known;
  const data = (info as tf.Tensor).dataSync() as ConstantData;
  const value = backend.recorder.addConstant(data, info.shape, checkedType(info.dtype));
  backend.recorder.bind(info.dataId, value);
  return value;
}

function runRow(kernelName: string, row: KernelRow): tf.KernelFunc {
  return ({ inputs, attrs, backend }) => {
    const tracing = backend as TraceBackend;
    const infos = row.inputs === 'list' ? Object.values(inputs) : row.inputs.map((name) => inputs[name]);
    const values = infos.map((info) => info && knownValue(tracing, info)) as Value[];
    let outputs: Value[];
    try {
      outputs = tracing.recorder.record(kernelName, row, values, attrs ?? {});
    } catch (error) {
      throw new TraceError(`${kernelName} at ${callSite()}: ${(error as Error).message}`, { cause: error });
    }
    const made = outputs.map((value) => ({
      dataId: tracing.dataIdOf(value),
      shape: [...value.shape],
      dtype: value.dtype,
    }));
    return made.length === 1 && kernelName !== 'Unpack' && kernelName !== 'SplitV' ? made[0]! : made;
  };
}

const refuse =
  (kernelName: string): tf.KernelFunc =>
  () => {
    throw new TraceError(
      `tfjs kernel ${kernelName} can't be written as ONNX here; it was called at ${callSite()}. ` +
        'Compose it from supported operations, or add a row for it to the kernel table.',
    );
  };

/** tfjs exports the name of every kernel it knows as a constant called like it (tf.Conv2D is 'Conv2D'). */
function allKernelNames(): string[] {
  return Object.entries(tf)
    .filter(([name, value]) => name === value)
    .map(([name]) => name);
}

export function registerTraceKernels(): void {
  for (const kernelName of new Set([...allKernelNames(), ...Object.keys(kernelTable)])) {
    const row = kernelTable[kernelName];
    const kernelFunc = row === undefined ? refuse(kernelName) : runRow(kernelName, row);
    tf.registerKernel({ kernelName, backendName, kernelFunc });
  }
}
