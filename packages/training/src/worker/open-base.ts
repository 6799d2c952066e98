// How a trainer opens base models: at the precision that was asked for, where its engine can multiply with it.
import { type BaseModel, openBaseModel } from '@colora/models/base-model';
import type { BasePrecision } from '@colora/models/base-precision';
import { withPrecision } from '@colora/models/quantised-base';
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

export async function openBase(folder: string, settings: EngineSettings): Promise<BaseModel> {
  const base = await openBaseModel(folder);
  if (settings.basePrecision === '32bit') return base;
  if (settings.cacheFolder === null) {
    throw new TrainingError('bad-settings', `a base model in ${settings.basePrecision} needs a cacheFolder`);
  }
  return withPrecision(base, settings.basePrecision, settings.cacheFolder);
}
