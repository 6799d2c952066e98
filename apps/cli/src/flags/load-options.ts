// Options that stand on something heavy to load (the settings schema): a command is given them when it is named on the
// command line, before that is read and its help shown, so that every other help is answered at once.
import type { Command } from 'commander';

const loaders = new WeakMap<Command, () => Promise<unknown>>();

/** `load` gives the command its options. */
export function withOptionsLater(command: Command, load: () => Promise<unknown>): Command {
  loaders.set(command, load);
  return command;
}

/** Of every command below `program`, or of those alone that `argv` names. */
export async function loadOptions(program: Command, argv?: readonly string[]): Promise<void> {
  for (const command of program.commands) {
    const named = argv === undefined || argv.includes(command.name());
    if (named) await loaders.get(command)?.();
    await loadOptions(command, argv);
  }
}
