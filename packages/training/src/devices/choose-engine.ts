// Which engine and device a trainer uses: what was asked for where it really works, else the next best with a
// warning; tfjs, where onnxruntime doesn't load. "Really works" means: runs a training step and agrees with the processor (probe-device.ts); one that stops
// working later is left for the processor (guarded-engine.ts).
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { OnnxDevice } from '../engines/device-names.ts';
import type { Engine } from '../engines/engine.ts';
import type { EngineSettings } from '../engines/engine-settings.ts';
import { builtInDevices, devicesWorthTrying } from '../engines/onnx-devices.ts';
import { type OnnxEngineOptions, onnxEngine } from '../engines/onnx-engine.ts';
import { onnxruntimeProblem } from '../engines/onnxruntime.ts';
import { tfjsEngine } from '../engines/tfjs-engine.ts';
import { guardedEngine } from '../engines/wrappers/guarded-engine.ts';
import { wrapEngine } from '../engines/wrappers/wrap-engine.ts';
import { TrainingError } from '../training-error.ts';
import { probeDevice, readsBinary16 } from './probe-device.ts';

interface ChosenEngine {
  readonly engine: Engine;
  /** In one line. */
  readonly why: string;
}

type Log = (line: string) => void;

/** What every choice of a device starts from. */
interface Processor {
  readonly engine: Engine;
  readonly options: Pick<OnnxEngineOptions, 'threads' | 'recompute' | 'prefixFolder'>;
  readonly cacheFolder: string | null;
  readonly why: string;
}

/**
 * Throws TrainingError `no-engine` where what was asked for needs onnxruntime and that doesn't load, `bad-settings` where
 * tfjs was asked for what it can't.
 */
export async function chooseEngine(settings: EngineSettings, log: Log): Promise<ChosenEngine> {
  if (settings.engine === 'tfjs') return chooseTfjs(settings, log);
  const problem = onnxruntimeProblem();
  if (problem !== null) return chooseWithoutOnnxruntime(settings, problem, log);
  const threads = settings.threads ?? Math.min(availableParallelism(), 4);
  const why = `onnxruntime on the processor, ${threads} thread${threads === 1 ? '' : 's'}`;
  const { recompute, cacheFolder } = settings;
  const prefixFolder = cacheFolder === null ? null : join(cacheFolder, 'prefix');
  const options = { threads, recompute, prefixFolder };
  const processor: Processor = {
    engine: onnxEngine({ device: 'cpu', ...options }),
    options,
    cacheFolder,
    why,
  };
  if (settings.device === 'cpu') return processor;
  if (settings.device === 'auto') return chooseFastest(processor, log);
  return chooseAsked(settings.device, processor, log);
}

async function chooseTfjs({ device, recompute }: EngineSettings, log: Log): Promise<ChosenEngine> {
  if (recompute) {
    throw new TrainingError(
      'bad-settings',
      'the tfjs engine keeps all activations: use the onnx engine to compute them again (--recompute)',
    );
  }
  if (device !== 'auto' && device !== 'cpu')
    log(`the tfjs engine has no device ${device}; use the onnx engine for it`);
  const engine = await tfjsEngine(log);
  return { engine, why: `tfjs on ${engine.device}, as asked` };
}

/** tfjs, unless it can't do what was asked for. */
async function chooseWithoutOnnxruntime(
  { engine: name, recompute }: EngineSettings,
  problem: string,
  log: Log,
): Promise<ChosenEngine> {
  if (name === 'onnx' || recompute) {
    throw new TrainingError(
      'no-engine',
      `the onnx engine does not run here: ${problem}. Without it --engine tfjs runs the same models, more slowly and not with --base-precision 4bit or 8bit or --recompute`,
    );
  }
  const engine = await tfjsEngine(log);
  log(`the onnx engine is not used: ${problem}; going on with tfjs on ${engine.device}, which is slower`);
  return { engine, why: `onnxruntime does not load (colora devices says why)` };
}

/** The first device that works and is faster than the processor. */
async function chooseFastest(processor: Processor, log: Log): Promise<ChosenEngine> {
  const devices = devicesWorthTrying();
  const refused: string[] = [];
  for (const device of devices) {
    const engine = onnxEngine({ device, ...processor.options });
    const { problem, milliseconds } = await probeDevice(engine, processor.engine, 1024);
    const times = `${milliseconds.device.toFixed(1)} ms against the processor's ${milliseconds.processor.toFixed(1)}`;
    if (problem === null && milliseconds.device < milliseconds.processor) {
      return { engine: await onDevice(engine, processor, log), why: `onnxruntime on ${device}: ${times}` };
    }
    await engine.dispose();
    const reason = problem === null ? `slower (${times})` : `it does not work here (${problem})`;
    refused.push(`${device} is not used, ${reason}`);
  }
  const why = devices.length === 0 ? 'no graphics device found' : refused.join('; ');
  return { engine: processor.engine, why: `${processor.why}: ${why}` };
}

async function chooseAsked(device: OnnxDevice, processor: Processor, log: Log): Promise<ChosenEngine> {
  let reason = 'this build of onnxruntime does not have it';
  if (builtInDevices().includes(device)) {
    const engine = onnxEngine({ device, ...processor.options });
    const { problem } = await probeDevice(engine, processor.engine, 32);
    if (problem === null) {
      return { engine: await onDevice(engine, processor, log), why: `onnxruntime on ${device}, as asked` };
    }
    await engine.dispose();
    reason = `it does not work here (${problem})`;
  }
  log(`${device} is not used: ${reason}; going on with ${processor.why} (colora devices says how to get it)`);
  return { engine: processor.engine, why: `${processor.why}: ${device} is not used, ${reason}` };
}

/** For a device that was probed. WebGPU has no bfloat16: weights stored so would be made floats by the processor, in each step. */
async function onDevice(
  engine: Engine,
  { engine: processor, cacheFolder }: Processor,
  log: Log,
): Promise<Engine> {
  const asksForHalf = engine.device === 'webgpu' && cacheFolder !== null;
  const reads = asksForHalf && (await readsBinary16(engine, processor, join(cacheFolder, 'precision')));
  return guardedEngine(reads ? wrapEngine(engine, { half: 'F16' }) : engine, processor, log);
}
