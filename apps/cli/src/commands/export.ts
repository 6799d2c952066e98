// `colora export`: a workspace's shared and personal part as one plain LoRA, or added into the base model. What is
// written and how is export-adapter.ts, and for llama.cpp export-gguf.ts.
import { Command, Option } from 'commander';
import type { AdapterExport, Exported } from '../adapter/export-adapter.ts';
import { baseModelForms } from '../base-model/base-model-name.ts';
import { withGroupFlags } from '../flags/member/place-flags.ts';
import { readNumber } from '../flags/option-values.ts';
import { print, printJson } from '../terminal/output.ts';
import { UsageError } from '../usage-error.ts';

/** What is made, for people. */
const formats = {
  peft: 'folded into one LoRA',
  merged: 'added into the base model',
  gguf: 'added into the base model, as GGUF',
  'gguf-lora': 'folded into one LoRA, as GGUF',
  onnx: 'added into the base model, with a graph for onnxruntime',
} as const;
type Format = keyof typeof formats;

interface ExportFlags {
  readonly workspace: string;
  readonly group: string;
  readonly baseModel?: string;
  readonly out: string;
  readonly format: Format;
  readonly dtype?: 'base' | 'f32';
  readonly precision?: 'f16' | 'q8_0';
  readonly shardSize?: number;
  readonly only?: 'core' | 'alone';
  readonly json?: boolean;
}

export function exportCommand(): Command {
  return withGroupFlags(new Command('export'))
    .description('Export what a workspace has learnt, for transformers, vLLM, llama.cpp and the like')
    .requiredOption('--out <folder>', 'folder to write')
    .addOption(
      new Option(
        '--format <name>',
        'peft: one plain LoRA; merged: the whole base model with it added in; gguf, gguf-lora: the same two for llama.cpp and Ollama; onnx: merged, with a graph for onnxruntime',
      )
        .choices(Object.keys(formats))
        .default('peft'),
    )
    .addOption(
      new Option('--dtype <name>', 'merged, onnx: number format of the weights, the base’s or f32').choices([
        'base',
        'f32',
      ]),
    )
    .addOption(
      new Option('--precision <name>', 'gguf: number format of the matrices (default f16)').choices([
        'f16',
        'q8_0',
      ]),
    )
    .addOption(
      new Option(
        '--only <model>',
        'one model by itself: core (trained together) or alone (on your examples alone); default for peft: both, where predictions mix them',
      ).choices(['core', 'alone']),
    )
    .option('--shard-size <GB>', 'merged, onnx: files of at most so many gigabytes (default 5)', readNumber)
    .option(
      '--base-model <model>',
      `the group's base model: ${baseModelForms} (default: as the group names it)`,
    )
    .option('--json', 'print what was written as JSON')
    .addHelpText(
      'after',
      '\nExample:\n  $ colora export --group reviews --out ./my-adapter\n  $ colora export --group stories --format merged --out ./my-model\n  $ colora export --group stories --format gguf --precision q8_0 --out ./my-gguf',
    )
    .action(runExport);
}

async function runExport(flags: ExportFlags): Promise<void> {
  const { shardSize, format, only } = flags;
  assertFits(flags);
  if (shardSize !== undefined && shardSize <= 0) throw new UsageError('--shard-size: use gigabytes above 0');
  const { workspace, group, out: target } = flags;
  const { readTrained } = await import('@colora/client/trained');
  const { baseModelOf } = await import('../named-model.ts');
  const baseModel = await baseModelOf(await readTrained(workspace, group), flags.baseModel, workspace);
  const { files, version, weights, blended } = await write(
    { workspace, group, baseModel, target, only },
    flags,
  );
  if (flags.json) return printJson({ folder: target, format, files, version, weights });
  const made = formats[format];
  print(
    `${only === 'alone' ? 'what was trained alone' : `checkpoint ${version} and the personal part`}, ${made}: ${target}`,
  );
  for (const name of files) print(`  ${name}`);
  if (weights !== null) print(blended ? blendText(weights, only) : mixText(weights, { format, only }));
}

/** Flags of another format are refused. */
function assertFits({ format, dtype, shardSize, precision }: ExportFlags): void {
  if (format !== 'merged' && format !== 'onnx' && (dtype !== undefined || shardSize !== undefined)) {
    const instead =
      format === 'gguf'
        ? 'GGUF is one file, and --precision says its numbers'
        : 'a LoRA is one small f32 file';
    throw new UsageError(`--dtype and --shard-size belong to --format merged and onnx; ${instead}`);
  }
  if (format !== 'gguf' && precision !== undefined)
    throw new UsageError(
      '--precision belongs to --format gguf; merged and onnx have --dtype, and a LoRA is in f32',
    );
}

async function write(request: AdapterExport, flags: ExportFlags): Promise<Exported> {
  const { format, dtype = 'base', shardSize = 5, precision = 'f16' } = flags;
  if (format === 'gguf' || format === 'gguf-lora') {
    const { exportGguf, exportGgufAdapter } = await import('../adapter/export-gguf.ts');
    return format === 'gguf' ? exportGguf({ ...request, precision }) : exportGgufAdapter(request);
  }
  const { exportAdapter, exportMerged } = await import('../adapter/export-adapter.ts');
  return format === 'peft'
    ? exportAdapter(request)
    : exportMerged({ ...request, dtype, shardBytes: shardSize * 1e9, graph: format === 'onnx' });
}

function blendText(weights: { core: number; alone: number }, only: ExportFlags['only']): string {
  const parts = `${weights.core.toFixed(2)} of what was trained together and ${weights.alone.toFixed(2)} of what was trained alone`;
  return only === undefined
    ? `added up: ${parts}`
    : `generate writes with both added up, ${parts}: this is ${only} by itself`;
}

/** What is written is not all of what predict answers with, and that is said. */
function mixText(
  weights: { core: number; alone: number },
  { format, only }: Pick<ExportFlags, 'format' | 'only'>,
) {
  const mixed = `predict mixes two models, core ${weights.core.toFixed(2)} and alone ${weights.alone.toFixed(2)}, which no single adapter can be`;
  return format === 'peft' && only === undefined
    ? `${mixed}: this folder is core, alone/ the other, mix.json tells how`
    : `${mixed}: this is ${only ?? 'core'} by itself`;
}
