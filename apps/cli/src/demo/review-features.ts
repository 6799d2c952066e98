// The demo's reviews as what a linear head looks at: the vectors that the demo's base model makes of them, without adapters.
import { taskSettingsSchema } from '@colora/protocol/task-settings';
import { onnxEngine } from '@colora/training/engines/onnx-engine';
import { frozenFeatures } from '@colora/training/evaluation/example-features';
import { modelParts } from '@colora/training/programs/model-parts';
import { shareResources } from '@colora/training/programs/shared-resources';
import { encodeExamples } from '@colora/training/tasks/encode-examples';
import { shippedModel } from '../base-model/base-model-name.ts';
import { resolveBaseModel } from '../base-model/resolve-base-model.ts';
import { readSentences } from './sentences.ts';

export interface Review {
  /** Of the length 1, and a 1 behind it for the bias. */
  readonly features: Float32Array;
  readonly positive: boolean;
}

export async function reviewFeatures(): Promise<Review[]> {
  const { folder } = await resolveBaseModel(shippedModel);
  const engine = onnxEngine({ device: 'cpu', threads: 1 });
  try {
    const resources = shareResources(engine, () => undefined);
    const base = await resources.base(folder);
    const { modelType, fingerprint } = base;
    const settings = taskSettingsSchema.parse({
      baseModel: { name: modelType, modelType, fingerprint },
      task: { kind: 'classification', labels: ['bad', 'good'] },
    });
    const sentences = Object.values(await readSentences()).flat();
    const examples = sentences.map(({ text, positive }) => ({ text, label: positive ? 'good' : 'bad' }));
    const parts = modelParts(base, settings, ['bad', 'good']);
    const { task } = parts.settings;
    const encoding = { task, maxTokens: 64, labels: parts.labels };
    const encoded = await encodeExamples(examples, await resources.tokenizer(base), encoding);
    const { features, size } = await frozenFeatures(engine, parts, encoded);
    return sentences.map(({ positive }, i) => {
      const own = features.subarray(i * size, (i + 1) * size);
      const length = Math.sqrt(own.reduce((sum, value) => sum + value * value, 0));
      return { features: Float32Array.from([...own.map((value) => value / length), 1]), positive };
    });
  } finally {
    await engine.dispose();
  }
}
