// What a GGUF file becomes: the config.json, the tokenizer's files, and where each weight comes from. Checked against
// the model family before anything is written.
import type { FloatDType } from '@colora/tensors/dtype';
import { sameShape } from '@colora/tensors/tensor';
import { readModelConfig } from '../families/read-model-config.ts';
import { ModelError } from '../model-error.ts';
import type { WeightSpec } from '../model-family.ts';
import { findArchitecture, modelFacts, type Undo } from './architectures.ts';
import type { GgufFile, GgufTensor } from './gguf-file.ts';
import { ggufTokenizer, type TokenizerFiles } from './gguf-tokenizer.ts';
import { assertKnownMetadata } from './known-metadata.ts';
import { rotaryFactors, rotaryScaling } from './rotary-scaling.ts';

/** One tensor of the checkpoint and how it is made. */
export interface PlannedWeight {
  readonly name: string;
  readonly dtype: FloatDType;
  readonly shape: readonly number[];
  readonly source: GgufTensor;
  readonly undo?: Undo;
}

export interface CheckpointPlan {
  readonly config: object;
  readonly tokenizer: TokenizerFiles;
  readonly weights: readonly PlannedWeight[];
}

/** Throws ModelError `bad-gguf` or `unsupported-gguf`, naming the tensor, the key or the architecture. */
export async function planCheckpoint(file: GgufFile): Promise<CheckpointPlan> {
  const architecture = findArchitecture(file.metadata);
  const facts = modelFacts(file);
  const headSize = facts.number('attention.key_length') ?? facts.hiddenSize / facts.heads;
  assertKnownMetadata(file.metadata, facts.architecture, headSize);
  const tokenizer = ggufTokenizer(file.metadata);
  const vocabularySize = vocabularyOf(file, tokenizer);
  const config = {
    ...architecture.config(facts),
    ...(await rotaryScaling(file, facts)),
    vocab_size: vocabularySize,
    tie_word_embeddings: !facts.has('output.weight'),
    ...tokenizer.specialIds,
    torch_dtype: 'float32',
  };
  const weights = [...file.tensors.values()].flatMap((source): PlannedWeight[] => {
    if (source.name === rotaryFactors) return [];
    const target = architecture.target(source.name, facts);
    if (target !== undefined) return [plannedWeight(source, target)];
    throw new ModelError(
      'unsupported-gguf',
      `${file.path}: tensor ${source.name} has no place in a model of this architecture; variants of it ` +
        '(mixtures of experts, say) are not supported',
    );
  });
  const { family, config: parsed } = readModelConfig(config);
  const needed = family.weights(parsed);
  for (const spec of needed) assertHeld(file.path, spec, family.otherNames?.(spec.name) ?? [], weights);
  return { config, tokenizer, weights };
}

function plannedWeight(
  source: GgufTensor,
  target: { readonly name: string; readonly undo?: Undo },
): PlannedWeight {
  const transposed = target.undo?.kind === 'transpose';
  return {
    ...target,
    source,
    shape: transposed ? [...source.shape].reverse() : source.shape,
    dtype: target.undo?.kind === 'minus-one' ? 'F32' : source.format.storedAs,
  };
}

/** Rows of the embedding; the tokenizer may use fewer (padding), never more. */
function vocabularyOf(file: GgufFile, { tokenCount }: TokenizerFiles): number {
  const rows = file.tensors.get('token_embd.weight')?.shape[0];
  if (rows === undefined) {
    throw new ModelError(
      'bad-gguf',
      `${file.path} holds no tensor token_embd.weight: it is no language model`,
    );
  }
  if (tokenCount <= rows) return rows;
  throw new ModelError(
    'bad-gguf',
    `${file.path}: its tokenizer has ${tokenCount} tokens, its embedding only ${rows} rows: they belong to ` +
      'different models',
  );
}

function assertHeld(
  path: string,
  spec: WeightSpec,
  otherNames: readonly string[],
  weights: readonly PlannedWeight[],
): void {
  const held = weights.find(({ name }) => name === spec.name || otherNames.includes(name));
  if (held === undefined) {
    if (spec.optional === true) return;
    throw new ModelError('bad-gguf', `${path} holds no tensor for the weight ${spec.name}`);
  }
  if (sameShape(held.shape, spec.shape)) return;
  throw new ModelError(
    'bad-gguf',
    `${path}: tensor ${held.source.name} has shape [${held.source.shape.join(', ')}], but its metadata ask for ` +
      `[${spec.shape.join(', ')}] as ${spec.name}`,
  );
}
