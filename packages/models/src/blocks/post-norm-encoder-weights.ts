// The names and shapes of a post-norm encoder's weights and of its linear layers, as Hugging Face checkpoints have them.
import type { Linear } from '@colora/adapters/layouts';
import type { WeightSpec } from '../model-family.ts';
import type { PostNormEncoder } from './post-norm-encoder-config.ts';

export const poolerModule = 'pooler.dense';

export function encoderLinears(config: PostNormEncoder): Linear[] {
  const { hiddenSize, intermediateSize, names } = config;
  const square = (name: string) => ({ name, out: hiddenSize, in: hiddenSize });
  const layers = Array.from({ length: config.layers }, (_, layer): Linear[] => {
    const prefix = `${config.stem}.${layer}.`;
    return [
      ...[names.query, names.key, names.value, names.attended].map((name) => square(prefix + name)),
      { name: prefix + names.inner, out: intermediateSize, in: hiddenSize },
      { name: prefix + names.outer, out: hiddenSize, in: intermediateSize },
    ];
  });
  return [...layers.flat(), ...(config.mayPool ? [square(poolerModule)] : [])];
}

export function encoderWeights(config: PostNormEncoder): WeightSpec[] {
  const { hiddenSize, segments, stem, names } = config;
  const table = (name: string, rows: number) => ({
    name: `embeddings.${name}_embeddings.weight`,
    shape: [rows, hiddenSize],
  });
  const norms = Array.from({ length: config.layers }, (_, layer) => [
    `${stem}.${layer}.${names.attendedNorm}`,
    `${stem}.${layer}.${names.outerNorm}`,
  ]);
  return [
    table('word', config.vocabularySize),
    table('position', config.positions),
    ...(segments > 0 ? [table('token_type', segments)] : []),
    ...['embeddings.LayerNorm', ...norms.flat()].flatMap((name) => [
      { name: `${name}.weight`, shape: [hiddenSize] },
      { name: `${name}.bias`, shape: [hiddenSize] },
    ]),
    ...encoderLinears(config).flatMap(({ name, out, in: width }) => [
      { name: `${name}.weight`, shape: [out, width], optional: name === poolerModule },
      { name: `${name}.bias`, shape: [out], optional: name === poolerModule },
    ]),
  ];
}

/** The prefix of task models, and the names gamma and beta of the first checkpoints. */
export function encoderNames(name: string, prefix: string): string[] {
  const early = name
    .replace('LayerNorm.weight', 'LayerNorm.gamma')
    .replace('LayerNorm.bias', 'LayerNorm.beta');
  const names = early === name ? [] : [early];
  return [...names, ...[name, ...names].map((plain) => prefix + plain)];
}
