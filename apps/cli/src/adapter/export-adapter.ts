// What a workspace has learnt, as files other tools read: one plain LoRA in PEFT's format (transformers, vLLM,
// llama.cpp's converter) or the whole base model with it added in; and, beside them, a classification head.
// Folding itself is in adapters, adding to the weights in models.
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type FoldedAdapter, fold } from '@colora/adapters/fold';
import { headLabel } from '@colora/adapters/head';
import { initialise } from '@colora/adapters/initialise';
import { exportPeft } from '@colora/adapters/peft/peft';
import { readTrained, type Trained, type TrainedGuard } from '@colora/client/trained';
import { type BaseModel, openBaseModel } from '@colora/models/base-model';
import { assertEmpty, type MergeRequest, writeMergedModel } from '@colora/models/merged-model';
import { differingPart } from '@colora/models/weights/fingerprint';
import { taskKindTable } from '@colora/protocol/task-kinds';
import { encode } from '@colora/tensors/safetensors/safetensors';
import type { Tensor } from '@colora/tensors/tensor';
import { aloneSettings } from '@colora/training/collaboration/guarded-groups';
import { taskModules } from '@colora/training/programs/task-modules';
import { taskOf } from '@colora/training/tasks/tasks';
import { asHubName } from '../base-model/base-model-name.ts';
import { UsageError } from '../usage-error.ts';
import { writeWholeFolder } from '../whole-folder.ts';

export interface AdapterExport {
  readonly workspace: string;
  readonly group: string;
  /** Folder of the base model. */
  readonly baseModel: string;
  /** Folder to write; made when missing. */
  readonly target: string;
  /** Of the two models whose predictions are mixed, the one to write; left out: what a single model can't be is written beside it. */
  readonly only?: 'core' | 'alone' | undefined;
}

export interface Exported {
  readonly files: string[];
  /** That predictions are mixed with, where both models were written, or one of them alone can be; null where there is one. */
  readonly weights: TrainedGuard['weights'] | null;
  /** Of the checkpoint. */
  readonly version: number;
}

/**
 * Folds shared and personal part into one LoRA and writes it in PEFT's format. Probabilities that are mixed are those of two
 * models and no LoRA is their mixture: the one trained alone goes into `alone/` beside it, the weights into mix.json.
 */
export async function exportAdapter(request: AdapterExport): Promise<Exported> {
  const { only, workspace, group, target } = request;
  const all = await readTrained(workspace, group);
  const trained = chosen(all, only);
  const base = await openGroupsModel(trained, request.baseModel);
  const filesOf = (one: Trained) => ({ ...peftFiles(one, base), ...headFiles(one) });
  const beside = only === undefined && all.guard !== null ? filesOf(aloneModel(all, all.guard)) : {};
  const mix: Record<string, Uint8Array> =
    only === undefined && all.guard !== null ? { 'mix.json': mixFile(all.guard) } : {};
  const files = { ...filesOf(trained), ...inFolder('alone', beside), ...mix };
  const written = await writeWholeFolder(target, '--out', (folder) => writeAll(folder, files));
  return { files: written, version: trained.version, weights: all.guard?.weights ?? null };
}

/** Throws UsageError where there is no model trained alone. */
function chosen(trained: Trained, only: AdapterExport['only']): Trained {
  if (only !== 'alone') return trained;
  if (trained.guard === null) {
    throw new UsageError(
      `--only alone: the workspace has no model of ${trained.group.name} that was trained alone`,
    );
  }
  return aloneModel(trained, trained.guard);
}

function aloneModel(trained: Trained, { alone, labels }: TrainedGuard): Trained {
  const settings = aloneSettings(trained.group.settings);
  return {
    ...trained,
    group: { ...trained.group, settings, labels: [...labels] },
    shared: new Map(),
    personal: alone,
  };
}

function mixFile({ weights }: TrainedGuard): Uint8Array {
  const how =
    'p(label) = weights.core p_core(label) + weights.alone p_alone(label); core: this folder, alone: its folder alone';
  return new TextEncoder().encode(`${JSON.stringify({ weights, how }, null, 2)}\n`);
}

const inFolder = (folder: string, files: Record<string, Uint8Array>) =>
  Object.fromEntries(Object.entries(files).map(([name, bytes]) => [`${folder}/${name}`, bytes]));

/** Writes the base model with the LoRA added into its weights. */
export async function exportMerged(
  request: AdapterExport & Pick<MergeRequest, 'dtype' | 'shardBytes'>,
): Promise<Exported> {
  const all = await readTrained(request.workspace, request.group);
  const trained = chosen(all, request.only);
  const base = await openGroupsModel(trained, request.baseModel);
  const { target, dtype, shardBytes } = request;
  await assertEmpty(target);
  const folded = foldTrained(trained, base);
  const files = await writeWholeFolder(target, '--out', async (folder) => [
    ...(await writeMergedModel({ base, folded, target: folder, dtype, shardBytes })),
    ...(await writeAll(folder, headFiles(trained))),
  ]);
  return { files, version: trained.version, weights: all.guard?.weights ?? null };
}

async function writeAll(target: string, files: Record<string, Uint8Array>): Promise<string[]> {
  for (const [name, bytes] of Object.entries(files)) {
    await mkdir(dirname(join(target, name)), { recursive: true });
    await writeFile(join(target, name), bytes);
  }
  return Object.keys(files);
}

async function openGroupsModel({ group }: Trained, folder: string): Promise<BaseModel> {
  const base = await openBaseModel(folder);
  assertSameModel(base.fingerprint, group.settings.baseModel, folder);
  return base;
}

/** Shared and personal part as one LoRA, by module name; empty where the group adapts none. */
export function foldTrained(
  { group, shared, personal }: Trained,
  base: BaseModel,
): Map<string, FoldedAdapter> {
  const { adapter, seed } = group.settings;
  const modules = taskModules(base.linears, group.settings);
  const tensors = new Map<string, Tensor>([
    ...initialise(adapter, modules, 'frozen', seed),
    ...initialise(adapter, modules, 'personal', seed),
    ...shared,
    ...(personal ?? []),
  ]);
  return fold(adapter, modules, tensors);
}

function peftFiles(trained: Trained, base: BaseModel): Record<string, Uint8Array> {
  const { group } = trained;
  const { adapter, task } = group.settings;
  if (adapter.targets.length === 0) return {};
  const { files } = exportPeft({
    folded: foldTrained(trained, base),
    ...baseOf(group.settings.baseModel.name),
    modelType: base.modelType,
    taskType: taskKindTable[task.kind].writes ? 'CAUSAL_LM' : 'FEATURE_EXTRACTION',
  });
  return { ...files };
}

/** A Hub id goes with its commit, so that PEFT loads the very same model; a file's or folder's name stands as it is. */
function baseOf(name: string): { readonly baseModel: string; readonly revision?: string } {
  const hub = asHubName(name);
  return hub === undefined ? { baseModel: name } : { baseModel: hub.id, revision: hub.revision };
}

/**
 * PEFT has no place for a head of one tensor a label: it goes into a file of its own, with what it takes to use it
 * in the metadata. logits = headScale (W f + b) over `labels` (JSON), f the base model's vector of the whole text, or its
 * last state at a word's first token.
 */
function headFiles({ group, shared, personal }: Trained): Record<string, Uint8Array> {
  const { task } = group.settings;
  const taskHead = taskOf(task).head(task);
  if (taskHead === null) return {};
  const head = new Map([...shared, ...(personal ?? [])].filter(([name]) => headLabel(name) !== undefined));
  const metadata = { format: 'pt', headScale: String(taskHead.scale), labels: JSON.stringify(group.labels) };
  return head.size === 0 ? {} : { 'head.safetensors': encode(head, { metadata }) };
}

function assertSameModel(
  fingerprint: string,
  wanted: { name: string; fingerprint: string },
  folder: string,
): void {
  const part = differingPart(fingerprint, wanted.fingerprint);
  if (part === null) return;
  const error = new Error(
    `--base-model: ${folder} is not the group's ${wanted.name}: ${part} differ; pass the very same model`,
  );
  error.name = 'ModelError';
  throw error;
}
