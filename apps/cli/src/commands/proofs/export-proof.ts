// `colora groups export-proof`: all that verifying a group's checkpoints takes, in a folder for `colora verify --from`.
import { Command } from 'commander';
import { type ApiFlags, openApi, withApiFlags } from '../../coordinator-api.ts';
import { readName } from '../../flags/option-values.ts';
import { print, printJson } from '../../terminal/output.ts';

export function exportProofCommand(): Command {
  return withApiFlags(
    new Command('export-proof').description(
      'Write manifests, checkpoints and members’ contributions, as far as they are kept, so that others verify a group without its coordinator; contributions are as private as the coordinator’s database',
    ),
  )
    .argument('<group>', 'name of the group', readName)
    .requiredOption('--out <folder>', 'folder to write')
    .addHelpText('after', '\nExample:\n  $ colora groups export-proof reviews --out ./reviews-proof')
    .action(async (group: string, flags: ApiFlags & { out: string }) => {
      const { out } = flags;
      const { coordinatorSource } = await import('../../verify/coordinator-source.ts');
      const { exportProof } = await import('../../verify/export-proof.ts');
      const { filesFolder } = await import('../../verify/proof-folder.ts');
      const { writeWholeFolder } = await import('../../whole-folder.ts');
      const api = await openApi(flags);
      const done = await writeWholeFolder(out, '--out', async (folder) =>
        exportProof(await coordinatorSource(api, group, filesFolder(folder)), folder),
      );
      if (flags.json) return printJson({ folder: out, ...done });
      const { manifests, files, missing } = done;
      const lacking = missing === 0 ? '' : `; ${missing} that they name are not kept, or not for this key`;
      print(`${out}: ${manifests} manifests and ${files} files${lacking}`);
      print(`verify it with: colora verify ${group} --from ${out}`);
    });
}
