// The program that computes some new tokens of one text after cached ones: the base model with a folded adapter on
// top, for any number of new tokens and of slots of the cache. Who keeps the cache is kv-cache.ts.
import { chooseTargets } from '@colora/adapters/adapter-tensors';
import type { AdapterSettings } from '@colora/adapters/layouts';
import type { BaseModel } from '@colora/models/base-model';
import { makeApplyLinear } from '@colora/models/blocks/adapted-linear';
import type { Decoder, LayerCache } from '@colora/models/model-family';
import { scoreInBytes } from '@colora/models/quantised-output';
import type { TensorMap } from '@colora/tensors/tensor';
import type { InputSpec } from '@colora/tfjs-onnx/trace';
import * as tf from '@tensorflow/tfjs-core';
import type { Program } from '../engines/engine.ts';
import { TrainingError } from '../training-error.ts';

/** An adapter to generate with: settings of a layout and all of its tensors; none: the base model alone. */
export interface AdapterInputs {
  readonly settings: AdapterSettings;
  readonly tensors: TensorMap;
}

interface DecodeShape {
  /** T: tokens a run. */
  readonly tokens: number;
  /** C: slots of the cache. */
  readonly capacity: number;
}

/** What generation runs; TrainingError `wrong-task` where the base model writes no text. */
export function generatingDecoder({ family, modelType }: BaseModel): Decoder {
  if (family.decoder !== undefined) return family.decoder;
  throw new TrainingError(
    'wrong-task',
    `a model of type ${modelType} reads texts and writes none; generation needs a causal language model, such as llama`,
  );
}

/**
 * Inputs: `ids`, `positions` int32 [1, T]; `mask` [1, C + T]; `last` int32 [1], the new token whose scores are
 * wanted; `keys:<layer>`, `values:<layer>` [1, keyHeads, C, headSize]; the adapter's tensors.
 * Outputs: `logits` [1, V]; `new-keys:<layer>`, `new-values:<layer>` [1, keyHeads, T, headSize].
 */
export function decodeProgram(base: BaseModel, adapter: AdapterInputs | null): Program {
  return {
    ...decodeProgramAt(base, adapter, { tokens: 1, capacity: 1 }),
    packed: true,
    free: {
      axes: [
        { input: 'ids', axis: 1 },
        { input: 'keys:0', axis: 2 },
      ],
      at: ([tokens, capacity]) => decodeProgramAt(base, adapter, { tokens: tokens!, capacity: capacity! }),
    },
  };
}

function decodeProgramAt(base: BaseModel, adapter: AdapterInputs | null, shape: DecodeShape): Program {
  const { config } = base;
  const decoder = generatingDecoder(base);
  const { layers, keyHeads, headSize } = decoder.cacheShape(config);
  const { tokens, capacity } = shape;
  const float = (name: string, dims: readonly number[]): InputSpec => ({
    name,
    shape: dims,
    dtype: 'float32',
  });
  const int = (name: string, dims: readonly number[]): InputSpec => ({ name, shape: dims, dtype: 'int32' });
  const layerNumbers = Array.from({ length: layers }, (_, layer) => layer);
  const inputs = [
    int('ids', [1, tokens]),
    int('positions', [1, tokens]),
    float('mask', [1, capacity + tokens]),
    int('last', [1]),
    ...layerNumbers.flatMap((layer) => [
      float(`keys:${layer}`, [1, keyHeads, capacity, headSize]),
      float(`values:${layer}`, [1, keyHeads, capacity, headSize]),
    ]),
    ...[...(adapter?.tensors ?? [])].map(([name, tensor]) => float(name, tensor.shape)),
  ];
  const settings = adapter?.settings ?? noAdapter;
  const modules = chooseTargets(base.linears, settings.targets);
  const modulesKey = modules.map(({ name }) => name);
  return {
    key: JSON.stringify([base.folder, base.fingerprint, 'decode', settings, modulesKey]),
    base,
    inputs,
    varying: new Set(inputs.map(({ name }) => name)),
    batch: 1,
    build: (given, weights) => {
      const cache = layerNumbers.map(
        (layer): LayerCache => ({
          keys: given[`keys:${layer}`] as tf.Tensor4D,
          values: given[`values:${layer}`] as tf.Tensor4D,
        }),
      );
      const decoded = decoder.decode(config, weights, makeApplyLinear(weights, settings, modules, given), {
        ids: given.ids as tf.Tensor2D,
        positions: given.positions as tf.Tensor2D,
        mask: given.mask as tf.Tensor2D,
        cache,
      });
      const last: tf.Tensor2D = tf.gather(decoded.hidden, given.last as tf.Tensor1D); // [1, d]
      const added = decoded.cache.flatMap(({ keys, values }, layer) => [
        [`new-keys:${layer}`, keys] as const,
        [`new-values:${layer}`, values] as const,
      ]);
      const logits = scoreInBytes(weights, last) ?? decoder.project(config, weights, last);
      return { logits, ...Object.fromEntries(added) };
    },
  };
}

const noAdapter: AdapterSettings = { layout: 'global', rank: 1, alpha: 1, targets: [] };
