// `colora service remove`: ends a service and takes out all that was written for it. Workspace, memberships and data stay.
import { Command } from 'commander';
import { readName } from '../../flags/option-values.ts';
import { print, say } from '../../terminal/output.ts';

export function removeCommand(): Command {
  return new Command('remove')
    .description(
      'End a service and remove all of it; workspace and memberships stay (colora leave ends these)',
    )
    .argument('[service]', 'its name, where there are several', readName)
    .addHelpText('after', '\nExample:\n  $ colora service remove')
    .action(async (named: string | undefined) => {
      const { removeService } = await import('../../service/remove-service.ts');
      const { chosenService } = await import('../../service/this-system.ts');
      const name = await chosenService(named);
      say('it ends after the step under way');
      for (const path of await removeService(name)) print(`removed ${path}`);
      print(`the service ${name} is gone; its workspace stays, and so do memberships (colora leave)`);
    });
}
