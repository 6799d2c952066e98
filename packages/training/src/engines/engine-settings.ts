// What a person may choose of the engine: which one, on what device, in which precision. The guest's limits are not here.
import type { BasePrecision } from '@colora/models/quantised-base';
import type { DeviceName } from './device-names.ts';

export interface EngineSettings {
  readonly engine: 'auto' | 'onnx' | 'tfjs';
  readonly device: DeviceName;
  readonly threads: number | null;
  /** What the base model's linear layers are kept in, and where those in fewer bits are cached. */
  readonly basePrecision: BasePrecision;
  readonly cacheFolder: string | null;
  /** Activations are computed again for the backward pass; the onnx engine can. */
  readonly recompute: boolean;
}
