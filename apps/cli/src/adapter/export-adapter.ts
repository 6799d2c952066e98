// What a workspace has learnt, as files other tools read: one plain LoRA in PEFT's format (transformers, vLLM,
// llama.cpp's converter) or the whole base model with it added in; and, beside them, a classification head.
// What is folded is fold-trained.ts's, adding to the weights models'.
import { readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { headLabel } from '@colora/adapters/head';
import { exportPeft } from '@colora/adapters/peft/peft';
import { readTrained, type Trained, type TrainedGuard } from '@colora/client/trained';
import { type BaseModel, openBaseModel } from '@colora/models/base-model';
import { type MergeRequest, writeMergedModel } from '@colora/models/merged-model';
import { assertEmpty } from '@colora/models/new-folder';
import { differingPart } from '@colora/models/weights/fingerprint';
import { withFile } from '@colora/protocol/failures/file-problem';
import { makeFolder } from '@colora/protocol/failures/make-folder';
import { taskKindTable } from '@colora/protocol/task-kinds';
import { encode } from '@colora/tensors/safetensors/safetensors';
import { isBlended } from '@colora/training/collaboration/guarded-groups';
import { taskOf } from '@colora/training/tasks/tasks';
import { asHubName } from '../base-model/base-model-name.ts';
import { foldTrained, type OneModel, trainedAlone } from '../trained-model/fold-trained.ts';
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
  readonly only?: OneModel | undefined;
}

export interface Exported {
  readonly files: string[];
  /** Of the two models of a guarded member; null where there is one. */
  readonly weights: TrainedGuard['weights'] | null;
  /** Whether the two are added up to one, as written unless `only` said otherwise; else their predictions are mixed. */
  readonly blended: boolean;
  /** Of the checkpoint. */
  readonly version: number;
}

/**
 * Folds the model into one LoRA and writes it in PEFT's format. Where probabilities are mixed, those are of two models and no
 * LoRA is their mixture: the one trained alone goes into `alone/` beside it, the weights into mix.json.
 */
export async function exportAdapter(request: AdapterExport): Promise<Exported> {
  const { only, target } = request;
  const { trained, base } = await openTrained(request);
  const filesOf = (part: OneModel | undefined) => ({
    ...peftFiles(trained, base, part),
    ...headFiles(trained, part),
  });
  const mixed = only === undefined && !isBlended(trained.group.settings) ? trained.guard : null;
  const beside = mixed === null ? {} : { ...inFolder('alone', filesOf('alone')), [mixName]: mixFile(mixed) };
  const files = { ...filesOf(only), ...beside };
  const written = await writeWholeFolder(target, '--out', (folder) => writeAll(folder, files));
  if (mixed === null) await forgetMixture(target);
  return exportedOf(trained, written);
}

/** Of an earlier export into the same folder: what is there now is one model. */
async function forgetMixture(target: string): Promise<void> {
  const place = join(target, mixName);
  const text = await readFile(place, 'utf8').catch(() => '');
  if (text.includes(mixing)) await withFile('remove', place, () => rm(place), '--out names another folder');
}

/** Throws where the folder holds another model than the group's. */
export async function openTrained({
  workspace,
  group,
  baseModel,
}: AdapterExport): Promise<{ readonly trained: Trained; readonly base: BaseModel }> {
  const trained = await readTrained(workspace, group);
  return { trained, base: await openGroupsModel(trained, baseModel) };
}

export function exportedOf({ group, guard, version }: Trained, files: string[]): Exported {
  return { files, version, weights: guard?.weights ?? null, blended: isBlended(group.settings) };
}

const mixName = 'mix.json';
const mixing =
  'p(label) = weights.core p_core(label) + weights.alone p_alone(label); core: this folder, alone: its folder alone';

function mixFile({ weights }: TrainedGuard): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify({ weights, how: mixing }, null, 2)}\n`);
}

const inFolder = (folder: string, files: Record<string, Uint8Array>) =>
  Object.fromEntries(Object.entries(files).map(([name, bytes]) => [`${folder}/${name}`, bytes]));

/** Throws UsageError for a group of labels: the formats of generated texts have no place for its head. */
export function assertWrites({ group }: Trained, format: string): void {
  const { kind } = group.settings.task;
  if (taskKindTable[kind].writes) return;
  throw new UsageError(
    `--format ${format} is for models that write, and ${group.name} is a group of the task ${kind}, whose head it has no place for: export it with --format peft or merged, or ask colora predict, or /v1/classify of colora serve`,
  );
}

/** Writes the base model with the LoRA added into its weights, and for onnxruntime the graph that computes with them. */
export async function exportMerged(
  request: AdapterExport & Pick<MergeRequest, 'dtype' | 'shardBytes'> & { readonly graph: boolean },
): Promise<Exported> {
  const { target, dtype, shardBytes, only, graph } = request;
  const { trained, base } = await openTrained(request);
  if (graph) assertWrites(trained, 'onnx');
  await assertEmpty(target);
  const folded = foldTrained(trained, base, only);
  const files = await writeWholeFolder(target, '--out', async (folder) => [
    ...(await writeMergedModel({ base, folded, target: folder, dtype, shardBytes })),
    ...(graph ? await writeGraph(folder) : []),
    ...(await writeAll(folder, headFiles(trained, only))),
  ]);
  return exportedOf(trained, files);
}

async function writeGraph(folder: string): Promise<string[]> {
  const { generationGraph } = await import('@colora/training/generation/onnx-graph');
  return await writeAll(folder, { 'model.onnx': generationGraph(await openBaseModel(folder)) });
}

async function writeAll(target: string, files: Record<string, Uint8Array>): Promise<string[]> {
  for (const [name, bytes] of Object.entries(files)) {
    makeFolder(dirname(join(target, name)));
    await writeFile(join(target, name), bytes);
  }
  return Object.keys(files);
}

async function openGroupsModel({ group }: Trained, folder: string): Promise<BaseModel> {
  const base = await openBaseModel(folder);
  assertSameModel(base.fingerprint, group.settings.baseModel, folder);
  return base;
}

function peftFiles(
  trained: Trained,
  base: BaseModel,
  only: OneModel | undefined,
): Record<string, Uint8Array> {
  const { group } = trained;
  const { adapter, task } = group.settings;
  if (adapter.targets.length === 0) return {};
  const { files } = exportPeft({
    folded: foldTrained(trained, base, only),
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
function headFiles(trained: Trained, only: OneModel | undefined): Record<string, Uint8Array> {
  const { task } = trained.group.settings;
  const taskHead = taskOf(task).head(task);
  if (taskHead === null) return {};
  const { labels, tensors } = only === 'alone' ? ownHead(trained) : sharedHead(trained);
  const head = new Map(tensors.filter(([name]) => headLabel(name) !== undefined));
  const metadata = { format: 'pt', headScale: String(taskHead.scale), labels: JSON.stringify(labels) };
  return head.size === 0 ? {} : { 'head.safetensors': encode(head, { metadata }) };
}

const sharedHead = ({ group, shared, personal }: Trained) => ({
  labels: group.labels,
  tensors: [...shared, ...(personal ?? [])],
});

function ownHead(trained: Trained) {
  const { alone, labels } = trainedAlone(trained);
  return { labels, tensors: [...alone] };
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
