// A model that writes as an ONNX graph for others' programs: names and types are those that Hugging Face's exporters give a
// decoder with a cache, so that what runs theirs runs it. Weights stay in the model's own safetensors files, beside it. What
// generation here runs is decode-programs.ts.
import type { BaseModel } from '@colora/models/base-model';
import { baseLinear } from '@colora/models/blocks/adapted-linear';
import type { LayerCache } from '@colora/models/model-family';
import { modelWithFreeSizes, tracingSizes } from '@colora/tfjs-onnx/onnx/free-sizes';
import { withInt64Inputs } from '@colora/tfjs-onnx/onnx/int64-inputs';
import { modelMessage } from '@colora/tfjs-onnx/onnx/onnx-schema';
import { type InputSpec, traceFunction } from '@colora/tfjs-onnx/trace';
import * as tf from '@tensorflow/tfjs-core';
import { generatingDecoder } from './decode-programs.ts';

/**
 * One text, T new tokens after C cached ones (both free, C also 0).
 * Inputs: `input_ids`, `position_ids` int64 [1, T]; `attention_mask` int64 [1, C + T], 1 at tokens;
 * `past_key_values.<layer>.key` and `.value` float32 [1, keyHeads, C, headSize].
 * Outputs: `logits` [1, T, V]; `present.<layer>.key` and `.value` [1, keyHeads, C + T, headSize], the next run's past ones.
 * The files of weights are named as in the model's folder. Throws TrainingError `wrong-task` for a model that writes none.
 */
export function generationGraph(base: BaseModel): Uint8Array {
  const { config, weights: entries, family } = base;
  const decoder = generatingDecoder(base);
  const { layers, keyHeads, headSize } = decoder.cacheShape(config);
  const layerNumbers = Array.from({ length: layers }, (_, layer) => layer);
  const inputsAt = ([tokens, cached]: readonly number[]): InputSpec[] => [
    { name: 'input_ids', dtype: 'int32', shape: [1, tokens!] },
    { name: 'attention_mask', dtype: 'float32', shape: [1, cached! + tokens!] },
    { name: 'position_ids', dtype: 'int32', shape: [1, tokens!] },
    ...layerNumbers.flatMap((layer) =>
      ['key', 'value'].map(
        (part): InputSpec => ({
          name: `past_key_values.${layer}.${part}`,
          dtype: 'float32',
          shape: [1, keyHeads, cached!, headSize],
        }),
      ),
    ),
  ];
  const build = (
    given: Readonly<Record<string, tf.Tensor>>,
    weights: Readonly<Record<string, tf.Tensor>>,
  ): Record<string, tf.Tensor> => {
    const past = layerNumbers.map(
      (layer): LayerCache => ({
        keys: given[`past_key_values.${layer}.key`] as tf.Tensor4D,
        values: given[`past_key_values.${layer}.value`] as tf.Tensor4D,
      }),
    );
    const ids = given.input_ids as tf.Tensor2D;
    const { hidden, cache } = decoder.decode(config, weights, baseLinear(weights), {
      ids,
      positions: given.position_ids as tf.Tensor2D,
      mask: given.attention_mask as tf.Tensor2D,
      cache: past,
    });
    const scores = decoder.project(config, weights, hidden); // [T, V]
    const present = layerNumbers.flatMap((layer) => [
      [`present.${layer}.key`, tf.concat([past[layer]!.keys, cache[layer]!.keys], 2)] as const,
      [`present.${layer}.value`, tf.concat([past[layer]!.values, cache[layer]!.values], 2)] as const,
    ]);
    return {
      logits: tf.reshape(scores, [1, ids.shape[1], family.vocabularySize(config)]),
      ...Object.fromEntries(present),
    };
  };
  const axes = [
    { input: 'input_ids', axis: 1 },
    { input: 'past_key_values.0.key', axis: 2 },
  ];
  const graphs = tracingSizes(axes.length).map((sizes) => traceFunction(inputsAt(sizes), entries, build));
  const model = modelWithFreeSizes(graphs, axes, 'standard');
  return modelMessage
    .encode(withInt64Inputs(model, ['input_ids', 'attention_mask', 'position_ids']))
    .finish();
}
