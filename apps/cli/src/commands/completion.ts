// `colora completion`: the script by which a shell completes command lines, and, asked by that script, the words that may stand next.
import { Argument, Command } from 'commander';
import { type Shell, shellScripts, shells } from '../completion/shell-scripts.ts';
import { config } from '../config.ts';
import { write } from '../terminal/door.ts';
import { harmlessLine } from '../terminal/harmless-text.ts';

const words = 'words';

export function completionCommand(): Command {
  return new Command('completion')
    .description('Print a script by which bash, zsh or fish complete commands, flags, groups and profiles')
    .addArgument(
      new Argument('<shell>', `${shells.join(', ')}, or ${words}: what its script asks`).choices([
        ...shells,
        words,
      ]),
    )
    .argument('[line...]', `for ${words}: the words behind colora, the last of which is being typed`)
    .addHelpText(
      'after',
      '\nExamples:\n  $ colora completion fish > ~/.config/fish/completions/colora.fish\n  $ source <(colora completion bash)   # in ~/.bashrc; with zsh in ~/.zshrc, behind compinit',
    )
    .action(async (shell: Shell | typeof words, line: string[], _flags: unknown, command: Command) => {
      if (shell !== words) return write(process.stdout, shellScripts[shell]);
      const { completionsOf } = await import('../completion/completions.ts');
      for (const { word, about } of completionsOf(command.parent!, line, await knownNames()))
        write(process.stdout, `${word}\t${harmlessLine(about)}\n`);
    });
}

/** None of files that hold no profile: a line that is being typed is no place to say so. */
async function knownNames() {
  const { readProfiles } = await import('../remembered/profile-files.ts');
  const { profiles } = await readProfiles(config.configFolder).catch(() => ({ profiles: [] }));
  const groups = profiles.flatMap((profile) => (profile.kind === 'member' ? [profile.group] : []));
  return { groups: [...new Set(groups)].sort(), profiles: profiles.map(({ name }) => name) };
}
