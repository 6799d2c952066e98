// What a person may choose of the engine: which one, on what device, in which precision. The guest's limits are not here.
import type { BasePrecision } from '@colora/models/base-precision';
import type { DeviceName } from './device-names.ts';

/** `auto`: onnx, or tfjs where onnxruntime doesn't load. */
export const engineNames = ['auto', 'onnx', 'tfjs'] as const;
export type EngineName = (typeof engineNames)[number];

export interface EngineSettings {
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
} as const satisfies EngineSettings;
