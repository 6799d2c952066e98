// `colora export`: a workspace's shared and personal part as one plain LoRA. What is written and how
// is export-adapter.ts.
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
  const { exportAdapter } = await import('../export-adapter.ts');
  const { workspace, group, out: target } = flags;
  const baseModel = await baseModelFolder(flags.baseModel);
  const { files, version } = await exportAdapter({ workspace, group, baseModel, target });
  if (flags.json) return printJson({ folder: target, files, version });
  print(`checkpoint ${version} and the personal part, folded into one LoRA: ${target}`);
  for (const name of files) print(`  ${name}`);
}
