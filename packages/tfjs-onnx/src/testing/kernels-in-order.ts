// What onnxruntime runs and when, which decides how much of a graph is in memory at a time. For tests and measurements only.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Graph } from '../graph.ts';
import { unwantedOptimizers } from '../onnx/emit.ts';
import { runGraph } from './run-graph.ts';

interface RunKernel {
  readonly kernel: string;
  /** Of its first result. */
  readonly shape: readonly number[];
}

/** As its own profile of a run tells, without the optimizers that training is without. `folder`: of the weights. */
export async function kernelsInOrder(
  graph: Graph,
  inputs: Record<string, Float32Array>,
  folder: string,
): Promise<RunKernel[]> {
  const profiles = await mkdtemp(join(folder, 'profile-'));
  const off = [...unwantedOptimizers.always, ...unwantedOptimizers.converts].join(';');
  await runGraph(graph, inputs, folder, {
    enableProfiling: true,
    profileFilePrefix: join(profiles, 'run'),
    extra: { optimization: { disable_specified_optimizers: off } },
  });
  const [file] = await readdir(profiles);
  const events = JSON.parse(await readFile(join(profiles, file!), 'utf8')) as Event[];
  await rm(profiles, { recursive: true });
  return events
    .filter(({ name }) => name.endsWith('_kernel_time'))
    .map(({ args }) => ({
      kernel: args!.op_name,
      shape: Object.values(args!.output_type_shape[0] ?? {})[0] ?? [],
    }));
}

interface Event {
  readonly name: string;
  readonly args?: {
    readonly op_name: string;
    readonly output_type_shape: readonly Readonly<Record<string, readonly number[]>>[];
  };
}
