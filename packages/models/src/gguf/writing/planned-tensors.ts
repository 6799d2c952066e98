// Which tensors of GGUF a model's weights become, in which form, and their values: the table of names read backwards.

import { join } from 'node:path';
import type { FoldedAdapter } from '@colora/adapters/fold';
import { openSafetensors, type SafetensorsFile } from '@colora/tensors/safetensors/safetensors-file';
import type { BaseModel } from '../../base-model.ts';
import { ModelError } from '../../model-error.ts';
import { addDelta, weightDelta } from '../../weight-delta.ts';
import { storedWeightName } from '../../weights/linear-weight.ts';
import type { WeightEntry } from '../../weights/weight-files.ts';
import type { Undo } from '../architectures.ts';
import { pairsTogether, transposed } from '../restore-values.ts';
import type { WrittenTensor } from './gguf-writer.ts';
import type { GgufModel } from './model-fields.ts';
import { largestValue, type StoredForm, storedForms } from './stored-forms.ts';

export interface PlannedTensor extends WrittenTensor {
  readonly weight: WeightEntry;
  /** What a reader will have to undo. */
  readonly undo: Undo | undefined;
}

/** Of the matrices; vectors, and positions, of which a model has few, are written as they are. */
export type Precision = 'f16' | 'q8_0';

type Named = Pick<PlannedTensor, 'name' | 'undo'>;

/** By the name of the weight in a checkpoint of the language model. */
function tensorNames({ architecture, layers, ...heads }: GgufModel): Map<string, Named> {
  const { top, layer } = architecture.parts;
  const stems = [
    ...top,
    ...Array.from({ length: layers }, (_, i) => layer.map((part) => `blk.${i}.${part}`)).flat(),
  ];
  return new Map(
    stems
      .flatMap((stem) => [`${stem}.weight`, `${stem}.bias`])
      .flatMap((name) => {
        const target = architecture.target(name, heads);
        return target === undefined ? [] : [[target.name, { name, undo: target.undo }] as const];
      }),
  );
}

/** Finds a weight's tensor. Throws ModelError `unsupported-gguf` for one that llama.cpp has no place for. */
export function tensorFinder(model: GgufModel, { family }: Pick<BaseModel, 'family'>) {
  const known = tensorNames(model);
  return (weight: string): Named => {
    const names = [weight, storedWeightName(weight), ...(family.otherNames?.(weight) ?? [])];
    const found = names.map((name) => known.get(name)).find((named) => named !== undefined);
    if (found !== undefined) return found;
    throw new ModelError(
      'unsupported-gguf',
      `llama.cpp's ${model.name} has no place for the weight ${weight}`,
    );
  };
}

/** In the order of the base model's weights. */
export function planTensors(
  base: Pick<BaseModel, 'family' | 'weights'>,
  model: GgufModel,
  precision: Precision,
): PlannedTensor[] {
  const find = tensorFinder(model, base);
  return base.weights.map((weight) => {
    const named = find(weight.name);
    const shape = named.undo?.kind === 'transpose' ? [...weight.shape].reverse() : weight.shape;
    return { ...named, weight, shape, form: formOf(named.name, shape, precision) };
  });
}

function formOf(name: string, shape: readonly number[], precision: Precision): StoredForm {
  if (shape.length < 2 || name === 'position_embd.weight') return 'F32';
  const fits = shape.at(-1)! % storedForms.Q8_0.elements === 0;
  return precision === 'q8_0' && fits ? 'Q8_0' : 'F16';
}

export interface WeightReader {
  /** As it is written. Throws ModelError `unsupported-gguf` for a value that its form has no room for. */
  read(tensor: PlannedTensor): Promise<Float32Array>;
  close(): Promise<void>;
}

/** Reads the base model's weights with the adapter added, one at a time. The caller closes it. */
export function openWeights(
  { weightsFolder }: Pick<BaseModel, 'weightsFolder'>,
  folded: ReadonlyMap<string, FoldedAdapter>,
): WeightReader {
  const files = new Map<string, SafetensorsFile>();
  return {
    async read({ weight, undo, form }) {
      const file = files.get(weight.file) ?? (await openSafetensors(join(weightsFolder, weight.file)));
      files.set(weight.file, file);
      const values = await file.read(weight.storedName);
      const delta = weightDelta(weight.name, folded);
      if (delta !== undefined) addDelta(values, delta);
      assertWithin(weight.name, values.data, form);
      return undo === undefined ? values.data : done(values.data, weight.shape, undo);
    },
    async close() {
      for (const file of files.values()) await file.close();
    },
  };
}

function assertWithin(name: string, values: Float32Array, form: StoredForm): void {
  const most = largestValue[form];
  for (let i = 0; i < values.length; i += 1) {
    if (Math.abs(values[i]!) <= most) continue;
    throw new ModelError(
      'unsupported-gguf',
      `the weight ${name} holds values that are no finite numbers or that ${form} has no room for: --format merged writes them as they are`,
    );
  }
}

/** What will be undone, done. `shape` is the checkpoint's. */
export function done(values: Float32Array, shape: readonly number[], undo: Undo): Float32Array {
  if (undo.kind === 'rotary') return pairsTogether(values, shape[0]!, undo.heads);
  if (undo.kind === 'transpose') return transposed(values, shape);
  return values.map((value) => value + 1);
}
