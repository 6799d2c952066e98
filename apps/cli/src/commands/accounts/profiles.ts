// `colora profiles`: what is remembered of coordinators, groups and workspaces, by which commands need no flags; `forget` takes a profile
// out. Nothing else is touched by it: a workspace stays, a membership too, and a key in the keychain.
import { existsSync } from 'node:fs';
import { Command } from 'commander';
import { config } from '../../config.ts';
import { collect, readName } from '../../flags/option-values.ts';
import type { Profile } from '../../remembered/profile.ts';
import { print, printJson, printTable, say } from '../../terminal/output.ts';
import { UsageError } from '../../usage-error.ts';

export function profilesCommand(): Command {
  return new Command('profiles')
    .description(
      'What colora remembers of coordinators, groups and workspaces, so that commands need no flags',
    )
    .addHelpText('after', '\nExample:\n  $ colora profiles list\n  $ colora profiles forget reviews')
    .addCommand(listCommand())
    .addCommand(forgetCommand());
}

function listCommand(): Command {
  return new Command('list')
    .description('List profiles, and where they are kept')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  $ colora profiles list')
    .action(async ({ json }: { readonly json?: boolean }) => {
      const { readProfiles } = await import('../../remembered/profile-files.ts');
      const { configFolder } = config;
      const { profiles, damaged } = await readProfiles(configFolder);
      if (json) return printJson({ folder: configFolder, profiles, damaged });
      const nothing = 'Nothing is remembered: colora join and colora login do.';
      printTable(['profile', 'coordinator', 'as', 'group', 'workspace'], profiles.map(row), nothing);
      for (const { why } of damaged) say(why);
    });
}

function row(profile: Profile): (string | null)[] {
  const { name, url } = profile;
  if (profile.kind === 'login') return [name, url, `${profile.role} ${profile.as}`, null, null];
  const { participant, group, workspace } = profile;
  return [name, url, participant, group, existsSync(workspace) ? workspace : `${workspace} (is gone)`];
}

function forgetCommand(): Command {
  return new Command('forget')
    .description('Forget a profile: the workspace, the membership and a key in the keychain stay')
    .argument('<name...>', 'names of profiles', collect(readName))
    .addHelpText('after', '\nExample:\n  $ colora profiles forget reviews')
    .action(async (names: readonly string[]) => {
      const { removeProfile } = await import('../../remembered/profile-files.ts');
      const { configFolder } = config;
      for (const name of names) {
        const was = configFolder !== null && (await removeProfile(configFolder, name));
        if (!was) throw new UsageError(`no profile is called ${name}: colora profiles list shows them`);
        print(`${name} is forgotten`);
      }
    });
}
