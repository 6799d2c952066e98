// An engine on a device that may vanish: a card that is unplugged, a driver that resets, memory that runs out. What
// fails, or comes back as no number or as nothing but zeros, is computed again on the processor; if that shows the
// device wrong, everything goes on there, with a warning. A run is a pure function: repeating it changes nothing.

import { TrainingError } from '../../training-error.ts';
import type { CompiledProgram, Engine, Outputs, Program } from '../engine.ts';
import { wrapEngine } from './wrap-engine.ts';

export function guardedEngine(device: Engine, processor: Engine, log: (line: string) => void): Engine {
  let lost = false;
  const giveUp = (why: string) => {
    if (lost) return;
    lost = true;
    log(`${device.device} stopped working (${why}); going on with the processor`);
  };
  const compileOnDevice = async (program: Program): Promise<CompiledProgram | null> => {
    if (lost) return null;
    try {
      return await device.compile(program);
    } catch (error) {
      giveUp(reasonOf(error));
      return null;
    }
  };
  return wrapEngine(device, {
    get device() {
      return lost ? processor.device : device.device;
    },
    async compile(program) {
      const compiled = await compileOnDevice(program);
      return {
        ...compiled,
        async run(inputs, keys) {
          const again = async () => (await processor.compile(program)).run(inputs, keys);
          if (lost || compiled === null) return again();
          let outputs: Outputs;
          try {
            outputs = await compiled.run(inputs, keys);
          } catch (error) {
            giveUp(reasonOf(error));
            return again();
          }
          if (isPlausible(outputs)) return outputs;
          const checked = await again();
          if (isPlausible(checked))
            giveUp('its results are no numbers, or all zero, where the processor’s are not');
          return checked;
        },
      };
    },
    dispose: async () => {
      await device.dispose();
      await processor.dispose();
    },
  });
}

/** Wrong input is not the device's fault: it is told to whoever gave it. */
function reasonOf(error: unknown): string {
  if (error instanceof TrainingError) throw error;
  return (error instanceof Error ? error.message : String(error)).split('\n')[0]!.slice(0, 300);
}

function isPlausible(outputs: Outputs): boolean {
  let isAllZero = true;
  for (const { data } of Object.values(outputs)) {
    for (let i = 0; i < data.length; i += 1) {
      if (!Number.isFinite(data[i]!)) return false;
      if (data[i] !== 0) isAllZero = false;
    }
  }
  return !isAllZero;
}
