// `colora workspace export` and `import`: a workspace as one file under a passphrase, to go on on another machine.
import { readFile } from 'node:fs/promises';
import { Command } from 'commander';
import { config } from '../../config.ts';
import { withWorkspaceFlags } from '../../flags/member/place-flags.ts';
import { usualWorkspace } from '../../remembered/choose-profile.ts';
import { byteText, print, printJson, say } from '../../terminal/output.ts';
import { UsageError } from '../../usage-error.ts';

interface MovingFlags {
  readonly workspace: string;
  readonly passphraseFile?: string;
  readonly json?: boolean;
}

const leastSigns = 12;

export function workspaceCommand(): Command {
  return new Command('workspace')
    .description('Take a workspace to another machine, as one file under a passphrase')
    .addHelpText(
      'after',
      '\nExample:\n  $ colora workspace export ada.colora\n  $ colora workspace import ada.colora',
    )
    .addCommand(exportCommand())
    .addCommand(importCommand());
}

const withPassphrase = (command: Command) =>
  command
    .option(
      '--passphrase-file <file>',
      `a file with the passphrase, of at least ${leastSigns} signs (or COLORA_PASSPHRASE; else it is asked for at the terminal)`,
    )
    .option('--json', 'print JSON');

function exportCommand(): Command {
  const command = new Command('export')
    .description(
      'Write keys, personal tensors and all else of a workspace into a new file; your data is not in it',
    )
    .argument('<file>', 'where to');
  return withPassphrase(withWorkspaceFlags(command))
    .option('--keep', 'it is a copy to keep: the workspace goes on here')
    .addHelpText('after', '\nExample:\n  $ colora workspace export ada.colora')
    .action(async (target: string, flags: MovingFlags & { readonly keep?: boolean }) => {
      const passphrase = await passphraseOf(flags, true);
      const { exportWorkspace } = await import('@colora/client/workspace/moving/export-workspace');
      const { workspace, keep = false } = flags;
      const { participant, groups, files, bytes } = await exportWorkspace({
        workspace,
        target,
        passphrase,
        keep,
      });
      if (flags.json) return printJson({ file: target, participant, groups, files, bytes, kept: keep });
      print(
        `${target}: ${participant ?? 'a member'} in ${groups.join(', ') || 'no group'}, ${files} files, ${byteText(bytes)}`,
      );
      say(
        keep
          ? `${workspace} goes on here. Use the copy only where this one is lost: two in use are one member twice`
          : `${workspace} stays, for predict and serve; colora join in it asks for --use-here, since it goes on elsewhere`,
      );
    });
}

function importCommand(): Command {
  const command = new Command('import')
    .description('Lay a workspace that was exported into a new folder')
    .argument('<file>', 'what colora workspace export wrote')
    .option('--workspace <folder>', 'where to, a folder that is empty or not there', usualWorkspace);
  return withPassphrase(command)
    .addHelpText('after', '\nExample:\n  $ colora workspace import ada.colora')
    .action(async (source: string, flags: MovingFlags) => {
      const passphrase = await passphraseOf(flags, false);
      const { importWorkspace } = await import('@colora/client/workspace/moving/import-workspace');
      const { workspace } = flags;
      const { identity, groups, files } = await importWorkspace({ source, workspace, passphrase });
      const { participant, url } = identity;
      if (flags.json) return printJson({ workspace, participant, url, groups, files });
      print(`${workspace}: ${participant ?? 'a member'} at ${url}, in ${groups.join(', ') || 'no group'}`);
      say(
        `to go on: colora join ${url} --group ${groups[0] ?? 'NAME'} --data YOUR-DATA --workspace ${workspace}`,
      );
    });
}

/** `isNew`: it is chosen now, so a person at the terminal types it twice. */
async function passphraseOf({ passphraseFile }: MovingFlags, isNew: boolean): Promise<string> {
  const given = passphraseFile === undefined ? config.passphrase : await readPassphrase(passphraseFile);
  const passphrase = given ?? (await askPassphrase(isNew));
  if (isNew && [...passphrase].length < leastSigns)
    throw new UsageError(
      `the passphrase has fewer than ${leastSigns} signs: whoever has the file could guess it`,
    );
  if (passphrase === '') throw new UsageError('the passphrase is empty');
  return passphrase;
}

async function readPassphrase(path: string): Promise<string> {
  const { withFile } = await import('@colora/protocol/failures/file-problem');
  return (await withFile('read', path, () => readFile(path, 'utf8'))).trim();
}

async function askPassphrase(isNew: boolean): Promise<string> {
  const { askSecret } = await import('../../terminal/ask-secret.ts');
  const typed = await askSecret('Passphrase (not shown): ');
  if (typed === null)
    throw new UsageError(
      'nobody can be asked for the passphrase here: --passphrase-file, or COLORA_PASSPHRASE',
    );
  if (isNew && typed !== (await askSecret('The same again: ')))
    throw new UsageError('the two are not the same');
  return typed;
}
