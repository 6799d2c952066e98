// Test support: what PyTorch and transformers compute for the models in fixtures/ (scripts/make-model-fixtures.py),
// and measures to compare against it. Any engine can be held to these files; none is used here.
import { fileURLToPath } from 'node:url';
import type { AdapterSettings } from '@colora/adapters/layouts';
import { openSafetensors } from '@colora/tensors/safetensors/safetensors-file';
import type { Tensor, TensorMap } from '@colora/tensors/tensor';
import { type BaseModel, openBaseModel } from './base-model.ts';

/** A padded batch, as plain arrays of B * T numbers. */
export interface ReferenceBatch {
  readonly size: number;
  readonly length: number;
  readonly ids: Int32Array;
  /** 1 at real tokens, 0 at padding (always on the right). */
  readonly mask: Float32Array;
}

export interface Reference {
  readonly model: BaseModel;
  readonly settings: AdapterSettings;
  readonly batch: ReferenceBatch;
  /** Adapter tensors of all owners and, for encoders, `head/<label>` rows (weights, then the bias). */
  readonly trained: TensorMap;
  /** Decoders: `logits` [B, T, V]; encoders: `features` [B, d] and `states` [B, T, d]. 0 at padding. */
  readonly outputs: TensorMap;
  /**
   * Decoders: mean cross-entropy of all real tokens but the first of a row, given those before.
   * Encoders: mean cross-entropy over the batch of logits = headScale (W f + b), classes in the order of `labels`.
   */
  readonly loss: number;
  /** Of the loss, by every tensor of `trained`. */
  readonly gradients: TensorMap;
  readonly labels: readonly string[];
  readonly headScale: number;
  /** The class of each row (encoders). */
  readonly classes: readonly number[];
}

export const decoderNames = [
  'stories260k',
  'tiny-llama',
  'tiny-mistral',
  'tiny-qwen2',
  'tiny-qwen3',
  'tiny-gemma3-text',
  'tiny-gpt2',
] as const;
export const encoderNames = ['tiny-bert', 'tiny-roberta', 'tiny-distilbert', 'tiny-modernbert'] as const;
export type ReferenceName = (typeof decoderNames)[number] | (typeof encoderNames)[number];

export const fixturesFolder = fileURLToPath(new URL('../fixtures/', import.meta.url));

export async function readReference(name: ReferenceName, layout: 'core' | 'dual'): Promise<Reference> {
  const tensors = new Map<string, Tensor>();
  const file = await openSafetensors(`${fixturesFolder}${name}-${layout}.safetensors`);
  for (const info of file.header.tensors) tensors.set(info.name, await file.read(info.name));
  await file.close();
  const ids = tensors.get('ids')!;
  const { metadata } = file.header;
  return {
    model: await openBaseModel(`${fixturesFolder}${name}`),
    settings: JSON.parse(metadata.settings!) as AdapterSettings,
    batch: {
      size: ids.shape[0]!,
      length: ids.shape[1]!,
      ids: Int32Array.from(ids.data),
      mask: tensors.get('mask')!.data,
    },
    trained: withPrefix(tensors, 'adapter/'),
    outputs: new Map([...tensors].filter(([key]) => ['logits', 'features', 'states'].includes(key))),
    loss: tensors.get('loss')!.data[0]!,
    gradients: withPrefix(tensors, 'gradient/'),
    labels: JSON.parse(metadata.labels!) as string[],
    headScale: Number(metadata.headScale),
    classes: [...(tensors.get('labels')?.data ?? [])],
  };
}

function withPrefix(tensors: TensorMap, prefix: string): TensorMap {
  const matching = [...tensors].filter(([name]) => name.startsWith(prefix));
  return new Map(matching.map(([name, tensor]) => [name.slice(prefix.length), tensor]));
}

/** Outputs a token, [B * T, n], with 0 at padding, where they hold no meaning. */
export function realRows(values: ArrayLike<number>, { mask }: ReferenceBatch): Float32Array {
  const width = values.length / mask.length;
  return Float32Array.from(values, (value, i) => (mask[Math.floor(i / width)] === 1 ? value : 0));
}

/** Every weight of a base model as float32, by canonical name. For small models only: all of it is in memory. */
export async function readWeights(model: BaseModel): Promise<TensorMap> {
  const tensors = new Map<string, Tensor>();
  for (const fileName of new Set(model.weights.map((weight) => weight.file))) {
    const file = await openSafetensors(`${model.weightsFolder}/${fileName}`);
    for (const weight of model.weights) {
      if (weight.file === fileName) tensors.set(weight.name, await file.read(weight.storedName));
    }
    await file.close();
  }
  return tensors;
}

/** |actual - expected| / |expected| in the Euclidean norm. */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) {
    throw new RangeError(`${actual.length} values can't be compared with ${expected.length}`);
  }
  let difference = 0;
  let reference = 0;
  for (let i = 0; i < expected.length; i += 1) {
    difference += (actual[i]! - expected[i]!) ** 2;
    reference += expected[i]! ** 2;
  }
  return Math.sqrt(difference / reference);
}
