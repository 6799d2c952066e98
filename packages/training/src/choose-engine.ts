// Which engine and device a trainer uses: what was asked for where it really works, else the next best with a
// warning. "Really works" means: runs a small training step and agrees with the processor.
import { availableParallelism } from 'node:os';
import type { Engine } from './engine.ts';
import type { TrainerSettings } from './messages.ts';

export interface ChosenEngine {
  readonly engine: Engine;
  readonly why: string;
}

export async function chooseEngine(
  { engine, threads }: TrainerSettings,
  log: (line: string) => void,
): Promise<ChosenEngine> {
  const count = threads ?? Math.min(availableParallelism(), 4);
  if (engine === 'tfjs') return chooseTfjs(log, 'asked for');
  try {
    const { onnxEngine } = await import('./onnx-engine.ts');
    return {
      engine: onnxEngine({ device: 'cpu', threads: count }),
      why: `onnxruntime on the processor, ${count} threads`,
    };
  } catch (error) {
    if (engine === 'onnx') throw error;
    log(`onnxruntime does not load here (${(error as Error).message}); going on with tfjs`);
    return chooseTfjs(log, 'onnxruntime does not load');
  }
}

async function chooseTfjs(log: (line: string) => void, reason: string): Promise<ChosenEngine> {
  const { tfjsEngine } = await import('./tfjs-engine.ts');
  const engine = await tfjsEngine(log);
  return { engine, why: `tfjs on ${engine.device} (${reason})` };
}
