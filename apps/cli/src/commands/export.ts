// `colora export`: a workspace's shared and personal part as one plain LoRA in PEFT's format, which
// transformers, vLLM and llama.cpp's converter read. A classification head goes beside it.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Trained } from '@colora/client/trained';
import type { Tensor } from '@colora/tensors/tensor';
import { Command } from 'commander';
import { baseModelFolder, shippedModel } from '../base-model-folder.ts';
import { readName } from '../option-values.ts';
import { print, printJson } from '../output.ts';

interface ExportFlags {
  readonly workspace: string;
  readonly group: string;
  readonly baseModel: string;
  readonly out: string;
  readonly json?: boolean;
}

export function exportCommand(): Command {
  return new Command('export')
    .description('Export what a workspace has learnt as a PEFT folder (one plain LoRA)')
    .requiredOption('--group <name>', 'the group', readName)
    .requiredOption('--out <folder>', 'folder to write')
    .option('--workspace <folder>', 'folder of the workspace', '.colora-workspace')
    .option('--base-model <folder>', `folder of the group's base model, or ${shippedModel}`, shippedModel)
    .option('--json', 'print what was written as JSON')
    .addHelpText('after', '\nExample:\n  $ colora export --group reviews --out ./my-adapter')
    .action(runExport);
}

async function runExport(flags: ExportFlags): Promise<void> {
  const { readTrained } = await import('@colora/client/trained');
  const trained = await readTrained(flags.workspace, flags.group);
  const files = { ...(await peftFiles(trained, flags.baseModel)), ...(await headFiles(trained)) };
  await mkdir(flags.out, { recursive: true });
  for (const [name, bytes] of Object.entries(files)) await writeFile(join(flags.out, name), bytes);
  if (flags.json) {
    return printJson({ folder: flags.out, files: Object.keys(files), version: trained.version });
  }
  print(`checkpoint ${trained.version} and the personal part, folded into one LoRA: ${flags.out}`);
  for (const name of Object.keys(files)) print(`  ${name}`);
}

async function peftFiles(
  { group, shared, personal }: Trained,
  baseModel: string,
): Promise<Record<string, Uint8Array>> {
  const { chooseTargets } = await import('@colora/adapters/adapter-tensors');
  const { fold } = await import('@colora/adapters/fold');
  const { initialise } = await import('@colora/adapters/initialise');
  const { exportPeft } = await import('@colora/adapters/peft');
  const { openBaseModel } = await import('@colora/models/base-model');
  const { adapter, seed, task } = group.settings;
  if (adapter.targets.length === 0) return {};
  const base = await openBaseModel(await baseModelFolder(baseModel));
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

/** PEFT has no place for a head of one tensor a label: it goes into a file of its own. */
async function headFiles({ shared, personal }: Trained): Promise<Record<string, Uint8Array>> {
  const { headLabel } = await import('@colora/adapters/head');
  const { encode } = await import('@colora/tensors/safetensors');
  const head = new Map([...shared, ...(personal ?? [])].filter(([name]) => headLabel(name) !== undefined));
  return head.size === 0 ? {} : { 'head.safetensors': encode(head) };
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
