// Runs a graph in onnxruntime (cpu). For tests and measurements only.
import '../no-telemetry.ts';
import * as ort from 'onnxruntime-node';
import type { ConstantData, Graph } from '../graph.ts';
import { emitOnnx } from '../onnx/emit.ts';

interface Numbers {
  readonly shape: readonly number[];
  readonly data: ConstantData;
}

export async function openSession(
  graph: Graph,
  folder?: string,
  options: ort.InferenceSession.SessionOptions = {},
): Promise<ort.InferenceSession> {
  const session = folder === undefined ? {} : { model_external_initializers_file_folder_path: folder };
  return ort.InferenceSession.create(emitOnnx(graph), {
    executionProviders: ['cpu'],
    graphOptimizationLevel: 'all',
    intraOpNumThreads: 2,
    ...options,
    extra: { session, ...options.extra },
  });
}

function feedsOf(
  graph: Graph,
  inputs: Record<string, Float32Array | Int32Array>,
): Record<string, ort.Tensor> {
  return Object.fromEntries(
    graph.inputs.map(({ name, value }) => {
      const data = inputs[name]!;
      const dtype = data instanceof Int32Array ? 'int32' : 'float32';
      return [name, new ort.Tensor(dtype, data, value.shape)];
    }),
  );
}

export async function runGraph(
  graph: Graph,
  inputs: Record<string, Float32Array | Int32Array>,
  folder?: string,
  options?: ort.InferenceSession.SessionOptions,
): Promise<Record<string, Numbers>> {
  const session = await openSession(graph, folder, options);
  const results = await session.run(feedsOf(graph, inputs));
  const numbers = Object.entries(results).map(([name, tensor]) => [
    name,
    { shape: tensor.dims, data: tensor.data as ConstantData },
  ]);
  await session.release();
  return Object.fromEntries(numbers);
}
