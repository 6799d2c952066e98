// One engine on one device of this machine, tried: does it take a small training step, does it agree with the
// processor, how long does it take. A driver can crash a process: whoever surveys does it in one of its own.
import type { OnnxDevice } from '../engines/device-names.ts';
import type { Engine } from '../engines/engine.ts';
import { builtInDevices } from '../engines/onnx-devices.ts';
import { onnxEngine } from '../engines/onnx-engine.ts';
import { onnxruntimeProblem } from '../engines/onnxruntime.ts';
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
  /**
   * Whether onnxruntime's binary for this platform has the device, or is none that loads; null for tfjs's devices, and where a
   * try had no answer.
   */
  readonly binary: 'has' | 'lacks' | 'not-loaded' | null;
  /** Largest difference from the processor's loss and gradients, relative; null where nothing ran. */
  readonly error: number | null;
  /** A step of the probe; null where it never ended. */
  readonly milliseconds: number | null;
}

/** Rows and columns of the probe's matrices: large enough to tell devices apart, small enough for plain JavaScript. */
const width = 256;

export async function surveyDevice(target: SurveyTarget, threads: number): Promise<Survey> {
  const missing = onnxruntimeProblem();
  const binary = binaryOf(target, missing);
  if (binary === 'not-loaded') return { problem: missing, binary, error: null, milliseconds: null };
  if (binary === 'lacks') {
    const problem = `onnxruntime has no ${target.device} on ${process.platform} ${process.arch}`;
    return { problem, binary, error: null, milliseconds: null };
  }
  const failed = (error: unknown): Survey => {
    const problem = (error instanceof Error ? error.message : String(error)).split('\n')[0]!;
    const told = problem.replace(/^no tfjs backend works here \((.*)\)$/, '$1');
    return { problem: told, binary, error: null, milliseconds: null };
  };
  let engine: Engine;
  try {
    engine = await open(target, threads);
  } catch (error) {
    return failed(error);
  }
  const processor = await openReference(missing === null, threads);
  try {
    const { problem, error, milliseconds } = await probeDevice(engine, processor, width);
    await engine.dispose();
    const measured = Number.isFinite(milliseconds.device) ? milliseconds.device : null;
    return { problem, binary, error, milliseconds: measured };
  } catch (error) {
    return failed(error);
  } finally {
    await processor.dispose();
  }
}

function binaryOf(target: SurveyTarget, missing: string | null): Survey['binary'] {
  if (target.engine === 'tfjs') return null;
  if (missing !== null) return 'not-loaded';
  return builtInDevices().includes(target.device) ? 'has' : 'lacks';
}

async function open(target: SurveyTarget, threads: number): Promise<Engine> {
  if (target.engine === 'onnx') return onnxEngine({ device: target.device, threads });
  return tfjsEngine(() => undefined, [target.device]);
}

/** What results are compared with: without onnxruntime plain JavaScript, opened last, since it tells tfjs that this isn't Node. */
function openReference(hasOnnxruntime: boolean, threads: number): Promise<Engine> | Engine {
  return hasOnnxruntime ? onnxEngine({ device: 'cpu', threads }) : tfjsEngine(() => undefined, ['cpu']);
}
