// What a workspace's adapted model computes in CoLoRA's own engine, for other programs to compare with: the trained
// tensors as they are, not folded, through the compiled ONNX graph, in one padded batch.
//
//   node --import tsx scripts/adapted-outputs.ts --workspace W --group G --base-model FOLDER --out FILE.json TEXT...
//
// Writes {"cases": [{"ids": [1, 2], "logits": [[…], …], "features": […]}]}, a case a text. Language model: a row of
// logits a token. Classification: one row over the workspace's labels, and the sentence vector under the head.
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { readTrained, type Trained } from '@colora/client/trained';
import { openBaseModel } from '@colora/models/base-model';
import { makeApplyLinear } from '@colora/models/blocks/adapted-linear';
import type { Batch, Weights } from '@colora/models/model-family';
import type { Tensor, TensorMap } from '@colora/tensors/tensor';
import type { Engine, Program } from '@colora/training/engines/engine';
import { onnxEngine } from '@colora/training/engines/onnx-engine';
import { type PreparedBatch, prepareBatch, tokenLimit } from '@colora/training/programs/batches';
import {
  frozenTensors,
  initialPersonal,
  type ModelParts,
  modelParts,
} from '@colora/training/programs/model-parts';
import { parameterInputs } from '@colora/training/programs/parameter-inputs';
import { evaluationProgram } from '@colora/training/programs/programs';
import { encodeExamples } from '@colora/training/tasks/encode-examples';
import type { EncodedExample } from '@colora/training/tasks/encoded-example';
import { decoderOf, encoderOf } from '@colora/training/tasks/model-outputs';
import { type Example, taskOf } from '@colora/training/tasks/tasks';
import { openTokenizer } from '@colora/training/text/tokenizer';
import type * as tf from '@tensorflow/tfjs-core';

interface Case {
  readonly ids: readonly number[];
  readonly logits: number[][];
  readonly features?: number[];
}

const { values: flags, positionals: texts } = parseArgs({
  allowPositionals: true,
  options: {
    workspace: { type: 'string' },
    group: { type: 'string' },
    'base-model': { type: 'string' },
    out: { type: 'string' },
  },
});
const { workspace, group, 'base-model': baseModel, out } = flags;
if (
  workspace === undefined ||
  group === undefined ||
  baseModel === undefined ||
  out === undefined ||
  texts.length === 0
) {
  console.error('needs --workspace, --group, --base-model, --out, and at least one text');
  process.exit(2);
}

const engine = onnxEngine({ device: 'cpu', threads: 2 });
try {
  const cases = await adaptedOutputs(engine, await readTrained(workspace, group), baseModel, texts);
  await writeFile(out, JSON.stringify({ cases }));
} finally {
  await engine.dispose();
}

async function adaptedOutputs(
  engine: Engine,
  trained: Trained,
  folder: string,
  texts: readonly string[],
): Promise<Case[]> {
  const { settings, labels } = trained.group;
  const base = await openBaseModel(folder);
  const parts = modelParts(base, settings, labels);
  const reading = taskOf(settings.task).predict;
  const examples = await encodeExamples(
    texts.map((text): Example => reading?.exampleOf(text) ?? { text }),
    await openTokenizer(base),
    { task: settings.task, maxTokens: tokenLimit(parts), labels: parts.labels },
  );
  const batch = prepareBatch(parts, examples, examples.length, false);
  const parameters = parameterInputs(parts, allTensors(parts, trained));
  const run = async (program: Program) =>
    (await engine.compile(program)).run({ ...batch.inputs, ...parameters }, batch.keys);
  const plain = await run(lastProgram(parts, batch));
  if (reading === null) return examples.map((example, row) => tokenCase(example, plain.logits!, row, batch));
  const { logits } = await run(evaluationProgram(parts, batch.shape));
  return examples.map(({ ids }, row) => ({
    ids,
    logits: [rowOf(logits!, row)],
    features: rowOf(plain.features!, row),
  }));
}

function allTensors(parts: ModelParts, { shared, personal, group }: Trained): TensorMap {
  const start = personal ?? initialPersonal(parts, group.settings.seed);
  return new Map([...frozenTensors(parts), ...shared, ...start]);
}

/** What evaluation sums up or puts a head on: a language model's `logits` [B * T, V], else `features` [B, F]. */
function lastProgram(parts: ModelParts, { shape }: PreparedBatch): Program {
  const evaluation = evaluationProgram(parts, shape);
  const { base } = parts;
  const build = (inputs: Record<string, tf.Tensor>, weights: Weights): Record<string, tf.Tensor> => {
    const linear = makeApplyLinear(weights, parts.settings.adapter, parts.modules, inputs);
    const batch: Batch = { ids: inputs.ids as tf.Tensor2D, mask: inputs.mask as tf.Tensor2D };
    if (taskOf(parts.settings.task).predict !== null) {
      return { features: encoderOf(base).features(base.config, weights, linear, batch) };
    }
    return { logits: decoderOf(base).logits(base.config, weights, linear, batch) };
  };
  return { ...evaluation, key: `${evaluation.key} outputs`, build };
}

function tokenCase({ ids }: EncodedExample, logits: Tensor, row: number, { shape }: PreparedBatch): Case {
  return { ids, logits: ids.map((_, token) => rowOf(logits, row * shape.tokens + token)) };
}

/** Row `index` of a matrix. */
function rowOf({ shape, data }: Tensor, index: number): number[] {
  const width = shape[1]!;
  return [...data.subarray(index * width, (index + 1) * width)];
}
