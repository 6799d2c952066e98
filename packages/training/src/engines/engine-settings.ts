// What a person may choose of the engine: which one, on what device, in which precision. The guest's limits are not here.
import type { BasePrecision } from '@colora/models/base-precision';
import type { DeviceName } from './device-names.ts';

/** `auto`: onnx, or tfjs where onnxruntime doesn't load. */
export const engineNames = ['auto', 'onnx', 'tfjs'] as const;
export type EngineName = (typeof engineNames)[number];

/** What a person allows a training step of the machine's memory. */
export interface MemoryWishes {
  /** Bytes that a step may need in all; null: as many as the machine has. */
  readonly maxMemory: number | null;
  /** What needs more is made to fit by what costs least, instead of refused: activations again, then a base in fewer bits. */
  readonly fitMemory: boolean;
}

export interface EngineSettings extends MemoryWishes {
  readonly engine: EngineName;
  readonly device: DeviceName;
  readonly threads: number | null;
  /** What the base model's linear layers are kept in, and where those in fewer bits are cached. */
  readonly basePrecision: BasePrecision;
  readonly cacheFolder: string | null;
  /** Activations are computed again for the backward pass; the onnx engine can. */
  readonly recompute: boolean;
}

/** What holds where nobody chooses. */
export const engineDefaults = {
  engine: 'auto',
  device: 'auto',
  threads: null,
  basePrecision: '32bit',
  cacheFolder: null,
  recompute: false,
  maxMemory: null,
  fitMemory: false,
} as const satisfies EngineSettings;
