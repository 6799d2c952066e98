// Which engine and device a trainer uses: what was asked for where it really works, else the next best with a
// warning. "Really works" means: runs a training step and agrees with the processor (probe-device.ts).
import { existsSync, readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import type { Engine } from './engine.ts';
import type { TrainerSettings } from './messages.ts';
import { onnxEngine } from './onnx-engine.ts';
import { probeDevice } from './probe-device.ts';
import { tfjsEngine } from './tfjs-engine.ts';

export interface ChosenEngine {
  readonly engine: Engine;
  /** In one line. */
  readonly why: string;
}

type Log = (line: string) => void;

export async function chooseEngine(settings: TrainerSettings, log: Log): Promise<ChosenEngine> {
  if (settings.engine === 'tfjs') return chooseTfjs(settings, log);
  const threads = settings.threads ?? Math.min(availableParallelism(), 4);
  const processor = onnxEngine({ device: 'cpu', threads });
  const onProcessor = `onnxruntime on the processor, ${threads} thread${threads === 1 ? '' : 's'}`;
  if (settings.device === 'cpu') return { engine: processor, why: onProcessor };
  if (settings.device === 'auto' && !hasGraphicsDevice()) {
    return { engine: processor, why: `${onProcessor}: no graphics device found` };
  }
  return chooseGraphics(settings.device, processor, onProcessor, threads, log);
}

async function chooseTfjs({ device }: TrainerSettings, log: Log): Promise<ChosenEngine> {
  if (device === 'webgpu') log('the tfjs engine has no webgpu device here; use the onnx engine for it');
  const engine = await tfjsEngine(log);
  return { engine, why: `tfjs on ${engine.device}, as asked` };
}

/** Asked for: taken if it works. Automatic: taken if it works and is faster than the processor. */
async function chooseGraphics(
  device: 'auto' | 'webgpu',
  processor: Engine,
  onProcessor: string,
  threads: number,
  log: Log,
): Promise<ChosenEngine> {
  const graphics = onnxEngine({ device: 'webgpu', threads });
  const { problem, milliseconds } = await probeDevice(graphics, processor, device === 'auto' ? 1024 : 32);
  const slower = device === 'auto' && milliseconds.device >= milliseconds.processor;
  if (problem === null && !slower) {
    const times = `${milliseconds.device.toFixed(1)} ms against the processor's ${milliseconds.processor.toFixed(1)}`;
    return {
      engine: graphics,
      why: device === 'auto' ? `onnxruntime on webgpu: ${times}` : 'onnxruntime on webgpu, as asked',
    };
  }
  await graphics.dispose();
  const reason = problem === null ? 'it is slower than the processor' : `it does not work here (${problem})`;
  if (device === 'webgpu') log(`webgpu is not used: ${reason}; going on with ${onProcessor}`);
  return { engine: processor, why: `${onProcessor}: webgpu is not used, ${reason}` };
}

/** Probing a driver that isn't there costs time and can't succeed; only Linux lets us look first. */
function hasGraphicsDevice(): boolean {
  if (process.platform !== 'linux') return true;
  if (existsSync('/dev/nvidia0')) return true;
  try {
    return readdirSync('/dev/dri').some((name) => name.startsWith('renderD'));
  } catch {
    return false;
  }
}
