// Our step in a process of its own, so that its memory is nobody else's: started by run-implementation.ts, it
// answers with one message and ends. With `repeats` 0 no step is run and the base model is only written in its precision.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { withPrecision } from '@colora/models/quantised-base';
import type { TensorMap } from '@colora/tensors/tensor';
import { onnxEngine } from '@colora/training/engines/onnx-engine';
import { tfjsEngine } from '@colora/training/engines/tfjs-engine';
import { gradientsOf } from '@colora/training/programs/parameter-inputs';
import { trainingProgram } from '@colora/training/programs/programs';
import { peakKilobytes } from '../../report.ts';
import { type LanguageModelBatch, languageModelStep } from '../language-model.ts';
import type { OwnSettings } from './shape-cases.ts';

export interface OwnRequest {
  readonly modelFolder: string;
  /** The base model in fewer bits stays there. */
  readonly workFolder: string;
  readonly batch: LanguageModelBatch;
  readonly settings: OwnSettings;
  readonly threads: number;
  /** Timed steps, after one that prepares. */
  readonly repeats: number;
}

export interface OwnFigures {
  readonly loss: number;
  readonly gradients: TensorMap;
  readonly times: readonly { readonly seconds: number; readonly cpuSeconds: number }[];
  readonly peakMemoryMB: number;
  /** null where the engine announces nothing. */
  readonly announcedMB: number | null;
}

process.on('disconnect', () => process.exit(1)); // who asked is gone
const figures = await measured(JSON.parse(process.argv[2]!) as OwnRequest);
process.send!(figures, () => process.exit(0));

async function measured(request: OwnRequest): Promise<OwnFigures | null> {
  const { modelFolder, workFolder, batch, settings, threads, repeats } = request;
  const folder = join(workFolder, 'own');
  const step = await languageModelStep(modelFolder, folder, batch);
  rmSync(folder, { recursive: true }); // what it wrote is for peers
  const base = await withPrecision(step.parts.base, settings.precision, workFolder);
  if (repeats === 0) return null;
  const { eager, recompute, seen } = settings;
  const engine = eager
    ? await tfjsEngine(() => undefined, ['wasm'])
    : onnxEngine({ device: 'cpu', threads, recompute, ...(seen ? {} : { prefixBytes: 0 }) });
  const program = trainingProgram({ ...step.parts, base }, 'shared', step.shape);
  const compiled = await engine.compile(program);
  const keys = seen ? Array.from({ length: batch.size }, (_, text) => `text ${text}`) : undefined;
  let outputs = await compiled.run(step.inputs, keys);
  const times: { seconds: number; cpuSeconds: number }[] = [];
  for (let i = 0; i < repeats; i += 1) {
    const [begin, used] = [performance.now(), process.cpuUsage()];
    outputs = await compiled.run(step.inputs, keys);
    const { user, system } = process.cpuUsage(used);
    times.push({ seconds: (performance.now() - begin) / 1000, cpuSeconds: (user + system) / 1e6 });
  }
  const peakMemoryMB = Math.round(peakKilobytes() / 1024); // before the plan is made
  const need = engine.memoryOf?.(program);
  const announcedMB = need === undefined ? null : Math.round((need.weights + need.step) / 2 ** 20);
  const gradients = gradientsOf(step.parts, 'shared', outputs);
  return { loss: outputs.loss!.data[0]!, gradients, times, peakMemoryMB, announcedMB };
}
