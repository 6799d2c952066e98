// --engine, --device and --threads, shared by the commands that run a model.
import { type BasePrecision, basePrecisions } from '@colora/models/base-precision';
import { type DeviceName, deviceNames } from '@colora/training/engines/device-names';
import { type EngineName, engineDefaults, engineNames } from '@colora/training/engines/engine-settings';
import type { TrainerOptions } from '@colora/training/trainer';
import { type Command, Option } from 'commander';
import { config } from '../config.ts';
import { readInteger } from './option-values.ts';

export interface EngineFlags {
  readonly engine: EngineName;
  readonly device: DeviceName;
  readonly threads?: number;
  readonly basePrecision: BasePrecision;
}

export function withEngineFlags(command: Command): Command {
  return command
    .addOption(engineOption())
    .addOption(
      new Option('--device <name>', 'where it runs; colora devices says what works here')
        .choices(deviceNames)
        .default(engineDefaults.device),
    )
    .option('--threads <n>', 'threads of the engine', readInteger(1, 1024))
    .addOption(basePrecisionOption());
}

export function engineOption(): Option {
  return new Option('--engine <name>', 'what runs it').choices(engineNames).default(engineDefaults.engine);
}

export function basePrecisionOption(): Option {
  return new Option('--base-precision <bits>', 'what the base model’s linear layers are kept in')
    .choices(basePrecisions)
    .default(engineDefaults.basePrecision);
}

export function engineOptions({ engine, device, threads, basePrecision }: EngineFlags): TrainerOptions {
  return {
    engine,
    device,
    basePrecision,
    cacheFolder: config.cache,
    ...(threads === undefined ? {} : { threads }),
  };
}
