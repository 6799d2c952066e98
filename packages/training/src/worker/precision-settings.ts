// What a choice of the base model's precision means for the engine: fewer bits are multiplied by one of them only.
import type { BasePrecision } from '@colora/models/base-precision';
import type { EngineSettings } from '../engines/engine-settings.ts';
import { TrainingError } from '../training-error.ts';

const needsProcessor = (precision: BasePrecision) => precision === '4bit' || precision === '8bit';

/**
 * The settings with the engine that 4 and 8 bits need, onnxruntime on the processor, where the choice was left open.
 * TrainingError `bad-settings` where another was asked for.
 */
export function settingsForPrecision(settings: EngineSettings): EngineSettings {
  const { engine, device, basePrecision } = settings;
  if (!needsProcessor(basePrecision)) return settings;
  if (engine !== 'tfjs' && (device === 'auto' || device === 'cpu')) {
    return { ...settings, engine: 'onnx', device: 'cpu' };
  }
  const asked = engine === 'tfjs' ? 'the tfjs engine' : `the device ${device}`;
  throw new TrainingError(
    'bad-settings',
    `a base model in ${basePrecision} runs with the onnx engine on the cpu only, not with ${asked}; use 16bit or 32bit there`,
  );
}
