// One engine on one device of this machine, tried: does it take a small training step, does it agree with the
// processor, how long does it take. A driver can crash a process: whoever surveys does it in one of its own.
import type { OnnxDevice } from '../engines/device-names.ts';
import type { Engine } from '../engines/engine.ts';
import { builtInDevices } from '../engines/onnx-devices.ts';
import { onnxEngine } from '../engines/onnx-engine.ts';
import { type TfjsBackend, tfjsEngine } from '../engines/tfjs-engine.ts';
import { probeDevice } from './probe-device.ts';

export type SurveyTarget =
  | { readonly engine: 'onnx'; readonly device: OnnxDevice }
  | { readonly engine: 'tfjs'; readonly device: TfjsBackend };

/** In the order in which they are listed. */
export const surveyTargets: readonly SurveyTarget[] = [
  ...(['cpu', 'webgpu', 'cuda', 'directml', 'coreml'] as const).map(
    (device) => ({ engine: 'onnx', device }) as const,
  ),
  ...(['tfjs-node-gpu', 'tfjs-node', 'wasm', 'cpu'] as const).map(
    (device) => ({ engine: 'tfjs', device }) as const,
  ),
];

export interface Survey {
  /** Why it can't be used; null where it works. */
  readonly problem: string | null;
  /** Largest difference from the processor's loss and gradients, relative; null where nothing ran. */
  readonly error: number | null;
  /** A step of the probe; null where it never ended. */
  readonly milliseconds: number | null;
}

/** Rows and columns of the probe's matrices: large enough to tell devices apart, small enough for plain JavaScript. */
const width = 256;

export async function surveyDevice(target: SurveyTarget, threads: number): Promise<Survey> {
  if (target.engine === 'onnx' && !builtInDevices().includes(target.device)) {
    const problem = `onnxruntime has no ${target.device} on ${process.platform} ${process.arch}`;
    return { problem, error: null, milliseconds: null };
  }
  const processor = onnxEngine({ device: 'cpu', threads });
  try {
    const engine = await open(target, threads);
    const { problem, error, milliseconds } = await probeDevice(engine, processor, width);
    await engine.dispose();
    return {
      problem,
      error,
      milliseconds: Number.isFinite(milliseconds.device) ? milliseconds.device : null,
    };
  } catch (error) {
    const problem = (error instanceof Error ? error.message : String(error)).split('\n')[0]!;
    return {
      problem: problem.replace(/^no tfjs backend works here \((.*)\)$/, '$1'),
      error: null,
      milliseconds: null,
    };
  } finally {
    await processor.dispose();
  }
}

async function open(target: SurveyTarget, threads: number): Promise<Engine> {
  if (target.engine === 'onnx') return onnxEngine({ device: target.device, threads });
  return tfjsEngine(() => undefined, [target.device]);
}
