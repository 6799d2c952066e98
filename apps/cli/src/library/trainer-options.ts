// What computes, as the library's options say.
import type { TrainerOptions } from '@colora/training/trainer';
import { config } from '../config.ts';
import type { EngineOptions } from './colora.d.ts';

export function engineOf({ engine, device, threads, basePrecision }: EngineOptions): TrainerOptions {
  return {
    cacheFolder: config.cache,
    ...(engine === undefined ? {} : { engine }),
    ...(device === undefined ? {} : { device }),
    ...(threads === undefined ? {} : { threads }),
    ...(basePrecision === undefined ? {} : { basePrecision }),
  };
}
