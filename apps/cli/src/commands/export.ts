// `colora export`: a workspace's shared and personal part as one plain LoRA, or added into the base model. What is
// written and how is export-adapter.ts.
import { Command, Option } from 'commander';
import { baseModelForms } from '../base-model/base-model-name.ts';
import { withGroupFlags } from '../flags/member/place-flags.ts';
import { readNumber } from '../flags/option-values.ts';
import { print, printJson } from '../terminal/output.ts';
import { UsageError } from '../usage-error.ts';

interface ExportFlags {
  readonly workspace: string;
  readonly group: string;
  readonly baseModel?: string;
  readonly out: string;
  readonly format: 'peft' | 'merged';
  readonly dtype?: 'base' | 'f32';
  readonly shardSize?: number;
  readonly only?: 'core' | 'alone';
  readonly json?: boolean;
}

export function exportCommand(): Command {
  return withGroupFlags(new Command('export'))
    .description('Export what a workspace has learnt, for transformers, vLLM, llama.cpp and the like')
    .requiredOption('--out <folder>', 'folder to write')
    .addOption(
      new Option('--format <name>', 'peft: one plain LoRA; merged: the whole base model with it added in')
        .choices(['peft', 'merged'])
        .default('peft'),
    )
    .addOption(
      new Option('--dtype <name>', 'merged: number format of the weights, the base’s or f32').choices([
        'base',
        'f32',
      ]),
    )
    .addOption(
      new Option(
        '--only <model>',
        'one model by itself: core (trained together) or alone (on your examples alone); default for peft: both, where predictions mix them',
      ).choices(['core', 'alone']),
    )
    .option('--shard-size <GB>', 'merged: files of at most so many gigabytes (default 5)', readNumber)
    .option(
      '--base-model <model>',
      `the group's base model: ${baseModelForms} (default: as the group names it)`,
    )
    .option('--json', 'print what was written as JSON')
    .addHelpText(
      'after',
      '\nExample:\n  $ colora export --group reviews --out ./my-adapter\n  $ colora export --group stories --format merged --out ./my-model',
    )
    .action(runExport);
}

async function runExport(flags: ExportFlags): Promise<void> {
  const { dtype, shardSize, format, only } = flags;
  if (format === 'peft' && (dtype !== undefined || shardSize !== undefined)) {
    throw new UsageError('--dtype and --shard-size belong to --format merged; a LoRA is one small f32 file');
  }
  if (shardSize !== undefined && shardSize <= 0) throw new UsageError('--shard-size: use gigabytes above 0');
  const { exportAdapter, exportMerged } = await import('../adapter/export-adapter.ts');
  const { workspace, group, out: target } = flags;
  const { readTrained } = await import('@colora/client/trained');
  const { baseModelOf } = await import('../named-model.ts');
  const baseModel = await baseModelOf(await readTrained(workspace, group), flags.baseModel, workspace);
  const request = { workspace, group, baseModel, target, only };
  const { files, version, weights, blended } =
    format === 'peft'
      ? await exportAdapter(request)
      : await exportMerged({ ...request, dtype: dtype ?? 'base', shardBytes: (shardSize ?? 5) * 1e9 });
  if (flags.json) return printJson({ folder: target, format, files, version, weights });
  const made = format === 'peft' ? 'folded into one LoRA' : 'added into the base model';
  print(
    `${only === 'alone' ? 'what was trained alone' : `checkpoint ${version} and the personal part`}, ${made}: ${target}`,
  );
  for (const name of files) print(`  ${name}`);
  if (weights !== null) print(blended ? blendText(weights, only) : mixText(weights, { format, only }));
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
