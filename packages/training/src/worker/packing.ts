// What crosses the worker's border, in a form that can be posted: every tensor map as one buffer (moved, not copied
// again), functions as numbers to be called back by, stop signals as a flag in shared memory. Everything else goes as
// it is. Errors are remote-error.ts, who calls whom is messages.ts.
import type { Tensor, TensorMap } from '@colora/tensors/tensor';
import { type StopSignal, stopFlag } from '../engines/wrappers/stoppable-engine.ts';

type Callback = (...given: never[]) => void;

interface PackedTensors {
  readonly packed: 'tensors';
  readonly names: readonly string[];
  readonly shapes: readonly (readonly number[])[];
  /** All values one after the other. */
  readonly values: Float32Array<ArrayBuffer>;
}
interface PackedCallback {
  readonly packed: 'callback';
  readonly index: number;
}
interface PackedSignal {
  readonly packed: 'signal';
  readonly memory: SharedArrayBuffer;
}

export interface Packed {
  readonly message: unknown;
  /** To be moved with the message. */
  readonly buffers: ArrayBuffer[];
  /** Called back by their index, until the call is over. */
  readonly callbacks: readonly Callback[];
  /** To be called when the call is over: its signals are no longer listened to. */
  release(): void;
}

/**
 * Looks into plain objects and the arguments of a call, not into other lists; every Map there is a tensor map. Values
 * are copied: a map stays with its owner, even where its tensors are views of one large file.
 */
export function pack(given: unknown): Packed {
  const buffers: ArrayBuffer[] = [];
  const callbacks: Callback[] = [];
  const ending = new AbortController();
  const walk = (value: unknown): unknown => {
    if (value instanceof Map) {
      const tensors = packTensors(value as TensorMap);
      buffers.push(tensors.values.buffer);
      return tensors;
    }
    if (typeof value === 'function') {
      callbacks.push(value as Callback);
      return { packed: 'callback', index: callbacks.length - 1 } satisfies PackedCallback;
    }
    if (value instanceof AbortSignal) return packSignal(value, ending.signal);
    return isPlain(value) ? mapValues(value, walk) : value;
  };
  const message = Array.isArray(given) ? given.map(walk) : walk(given);
  return { message, buffers, callbacks, release: () => ending.abort() };
}

/** `callBack`: how the function of this index is called on the other side. */
export function unpack(
  message: unknown,
  callBack: (index: number, given: readonly unknown[]) => void,
): unknown {
  const walk = (value: unknown): unknown => {
    if (!isPlain(value)) return value;
    const known = value as unknown as PackedTensors | PackedCallback | PackedSignal | { packed?: undefined };
    switch (known.packed) {
      case 'tensors':
        return unpackTensors(known);
      case 'callback':
        return (...given: unknown[]) => callBack(known.index, given);
      case 'signal':
        return stopFlag(known.memory) satisfies StopSignal;
      default:
        return mapValues(value, walk);
    }
  };
  return Array.isArray(message) ? message.map(walk) : walk(message);
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

function mapValues(object: Readonly<Record<string, unknown>>, change: (value: unknown) => unknown) {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, change(value)]));
}

function packSignal(signal: AbortSignal, ended: AbortSignal): PackedSignal {
  const { memory, raise } = stopFlag();
  if (signal.aborted) raise();
  signal.addEventListener('abort', raise, { once: true, signal: ended });
  return { packed: 'signal', memory };
}

function packTensors(tensors: TensorMap): PackedTensors {
  const total = [...tensors.values()].reduce((sum, { data }) => sum + data.length, 0);
  const values = new Float32Array(total);
  let offset = 0;
  for (const { data } of tensors.values()) {
    values.set(data, offset);
    offset += data.length;
  }
  const shapes = [...tensors.values()].map(({ shape }) => shape);
  return { packed: 'tensors', names: [...tensors.keys()], shapes, values };
}

/** Tensors with buffers of their own, so that each can be kept or passed on without the others. */
function unpackTensors({ names, shapes, values }: PackedTensors): TensorMap {
  const tensors = new Map<string, Tensor>();
  let offset = 0;
  names.forEach((name, index) => {
    const shape = shapes[index]!;
    const length = shape.reduce((product, size) => product * size, 1);
    tensors.set(name, { shape, data: values.slice(offset, offset + length) });
    offset += length;
  });
  return tensors;
}
