// Settings and tensors that make up a workspace's model, or a part of it: what is loaded to predict and to be judged. The
// mixture of several is mixed-model.ts.
import type { Trained } from '@colora/client/trained';
import { openBaseModel } from '@colora/models/base-model';
import type { TaskSettings } from '@colora/protocol/task-settings';
import type { TensorMap } from '@colora/tensors/tensor';
import { personalPart } from './personal-part.ts';

export interface ModelTensors {
  readonly settings: TaskSettings;
  readonly labels: readonly string[];
  readonly shared: TensorMap;
  /** Null: at its start. */
  readonly personal: TensorMap | null;
}

/**
 * base: the base model without adapters; shared: with the shared part, the personal one at its start; personal: with both. A
 * classification's head, without which there are no labels, is the trained one in all three.
 */
export async function tensorsOf(
  model: 'base' | 'shared' | 'personal',
  baseModel: string,
  settings: TaskSettings,
  trained: Trained | null,
): Promise<ModelTensors> {
  const plain = { ...settings, adapter: { ...settings.adapter, targets: [] } };
  if (trained === null) return { settings: plain, labels: [], shared: new Map(), personal: null };
  const { group, shared, personal } = trained;
  const own = { settings, labels: group.labels, shared, personal };
  if (model === 'base') return { ...own, settings: plain };
  if (model === 'personal' || personal === null) return own;
  const { linears } = await openBaseModel(baseModel);
  return { ...own, personal: personalPart(personal, settings, linears, 0) };
}
