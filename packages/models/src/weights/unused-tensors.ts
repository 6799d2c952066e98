// Stored tensors that no weight is taken from. Those of another task's head, and constants that some versions of
// transformers stored, mean nothing; one within the model itself says that it is another model than its config.json
// tells (biases that are not asked for, say), and what would be computed is not what was trained.
import { ModelError } from '../model-error.ts';
import { layerName, layersUnder } from './layer-names.ts';
import type { StoredTensor } from './stored-tensors.ts';

/** Rotary frequencies, rows of positions, causal masks: computed here. */
const constants = /(^|\.)(rotary_emb\.(inv_freq|cos_cached|sin_cached)|position_ids|attn\.(masked_)?bias)$/;

/** Throws ModelError `bad-config` naming the first. `used`: names of stored tensors. */
export function assertAllUsed(used: readonly string[], stored: ReadonlyMap<string, StoredTensor>): void {
  assertAllLayers(used, stored);
  const known = new Set(used);
  const parts = new Set(used.map(partOf).filter((part) => part !== ''));
  const unused = [...stored.keys()].find(
    (name) => !known.has(name) && !constants.test(name) && parts.has(partOf(name)),
  );
  if (unused === undefined) return;
  throw new ModelError(
    'bad-config',
    `the weights hold ${unused}, which a model as config.json describes it does not have: the two are of different ` +
      'models, or config.json lacks a field (attention_bias or mlp_bias for biases, say)',
  );
}

/** A model cut short would compute something, but not what was trained. */
function assertAllLayers(used: readonly string[], stored: ReadonlyMap<string, StoredTensor>): void {
  for (const stem of new Set(used.map((name) => layerName(name)?.stem))) {
    if (stem === undefined) continue;
    const asked = layersUnder(stem, used);
    const held = layersUnder(stem, stored.keys());
    if (held <= asked) continue;
    throw new ModelError(
      'bad-config',
      `config.json asks for ${asked} layers, but ${held} are stored (${stem}${held - 1}): num_hidden_layers ` +
        `(n_layer, n_layers) must be ${held}`,
    );
  }
}

/** `model.layers.` of a layer's tensor, `model.` of model.norm.weight, '' of lm_head.weight: heads lie beside the model. */
function partOf(name: string): string {
  const stem = layerName(name)?.stem;
  if (stem !== undefined) return stem;
  const path = name.split('.').slice(0, -2);
  return path.length === 0 ? '' : `${path.join('.')}.`;
}
