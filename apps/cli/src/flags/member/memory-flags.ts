// Flags about the memory that a training step may take, and what is done for it to take less.
import type { TrainerOptions } from '@colora/training/trainer';
import type { Command } from 'commander';
import { config } from '../../config.ts';
import { readAmount } from '../option-values.ts';
import { fromEnvironment } from './from-environment.ts';

export interface MemoryFlags {
  readonly maxMemory?: number;
  readonly recompute?: boolean;
  readonly fitMemory?: boolean;
}

export function withMemoryFlags(command: Command): Command {
  return command
    .option(
      '--max-memory <amount>',
      'refuse a group whose training step needs more memory, such as 4GB (default: than this machine has)',
      readAmount,
    )
    .option(
      '--recompute',
      'keep few activations of a training step and compute the others again: a fraction of the memory, a quarter more time',
    )
    .option(
      '--fit-memory',
      'make a training step that needs more than there is, or than --max-memory allows, fit by what costs least of --recompute and --base-precision 16bit, 8bit or 4bit; else it is refused with what helps',
    );
}

/** The flags, and what the environment says where there is none. Throws UsageError naming a bad variable. */
export function memoryWishesOf(flags: MemoryFlags): TrainerOptions {
  const maxMemory =
    flags.maxMemory ?? fromEnvironment('COLORA_MAX_MEMORY', config.guest.maxMemory, readAmount);
  return {
    recompute: flags.recompute === true,
    fitMemory: flags.fitMemory === true,
    ...(maxMemory === undefined ? {} : { maxMemory }),
  };
}
