// What a workspace has learnt, as files other tools read: one plain LoRA in PEFT's format (transformers,
// vLLM, llama.cpp's converter) and, beside it, a classification head. Folding itself is in adapters.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { chooseTargets } from '@colora/adapters/adapter-tensors';
import { fold } from '@colora/adapters/fold';
import { headLabel } from '@colora/adapters/head';
import { initialise } from '@colora/adapters/initialise';
import { exportPeft } from '@colora/adapters/peft';
import { readTrained, type Trained } from '@colora/client/trained';
import { openBaseModel } from '@colora/models/base-model';
import { encode } from '@colora/tensors/safetensors';
import type { Tensor } from '@colora/tensors/tensor';

export interface AdapterExport {
  readonly workspace: string;
  readonly group: string;
  /** Folder of the base model. */
  readonly baseModel: string;
  /** Folder to write; made when missing. */
  readonly target: string;
}

/** Folds shared and personal part and writes the files; returns their names and the checkpoint's version. */
export async function exportAdapter(request: AdapterExport): Promise<{ files: string[]; version: number }> {
  const trained = await readTrained(request.workspace, request.group);
  const files = { ...(await peftFiles(trained, request.baseModel)), ...headFiles(trained) };
  await mkdir(request.target, { recursive: true });
  for (const [name, bytes] of Object.entries(files)) await writeFile(join(request.target, name), bytes);
  return { files: Object.keys(files), version: trained.version };
}

async function peftFiles(
  { group, shared, personal }: Trained,
  baseModel: string,
): Promise<Record<string, Uint8Array>> {
  const { adapter, seed, task } = group.settings;
  if (adapter.targets.length === 0) return {};
  const base = await openBaseModel(baseModel);
  assertSameModel(base.fingerprint, group.settings.baseModel, baseModel);
  const modules = chooseTargets(base.linears, adapter.targets);
  const tensors = new Map<string, Tensor>([
    ...initialise(adapter, modules, 'frozen', seed),
    ...initialise(adapter, modules, 'personal', seed),
    ...shared,
    ...(personal ?? []),
  ]);
  const { files } = exportPeft({
    folded: fold(adapter, modules, tensors),
    baseModel: group.settings.baseModel.name,
    modelType: base.modelType,
    taskType: task.kind === 'causal-lm' ? 'CAUSAL_LM' : 'FEATURE_EXTRACTION',
  });
  return { ...files };
}

/**
 * PEFT has no place for a head of one tensor a label: it goes into a file of its own, with what it takes to use it
 * in the metadata. logits = headScale (W f + b) over `labels` (JSON), f the base model's vector of the whole text.
 */
function headFiles({ group, shared, personal }: Trained): Record<string, Uint8Array> {
  const { task } = group.settings;
  if (task.kind !== 'classification') return {};
  const head = new Map([...shared, ...(personal ?? [])].filter(([name]) => headLabel(name) !== undefined));
  const metadata = { format: 'pt', headScale: String(task.headScale), labels: JSON.stringify(group.labels) };
  return head.size === 0 ? {} : { 'head.safetensors': encode(head, { metadata }) };
}

function assertSameModel(
  fingerprint: string,
  wanted: { name: string; fingerprint: string },
  folder: string,
): void {
  if (fingerprint === wanted.fingerprint) return;
  const error = new Error(
    `--base-model: ${folder} is not the group's ${wanted.name}; pass the folder with the very same model files`,
  );
  error.name = 'ModelError';
  throw error;
}
