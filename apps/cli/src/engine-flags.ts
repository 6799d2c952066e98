// --engine, --device and --threads, shared by the commands that run a model.
import { type DeviceName, deviceNames } from '@colora/training/device-names';
import type { TrainerOptions } from '@colora/training/trainer';
import { type Command, Option } from 'commander';
import { readInteger } from './option-values.ts';

export interface EngineFlags {
  readonly engine: 'auto' | 'onnx' | 'tfjs';
  readonly device: DeviceName;
  readonly threads?: number;
}

export function withEngineFlags(command: Command): Command {
  return command
    .addOption(
      new Option('--engine <name>', 'what runs it').choices(['auto', 'onnx', 'tfjs']).default('auto'),
    )
    .addOption(
      new Option('--device <name>', 'where it runs; colora devices says what works here')
        .choices(deviceNames)
        .default('auto'),
    )
    .option('--threads <n>', 'threads of the engine', readInteger(1, 1024));
}

export function engineOptions({ engine, device, threads }: EngineFlags): TrainerOptions {
  return { engine, device, ...(threads === undefined ? {} : { threads }) };
}
