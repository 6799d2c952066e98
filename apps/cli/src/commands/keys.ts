// `colora keys …`: API keys of admins, operators and participants.
import type { Role } from '@colora/protocol/entities';
import { Command, Option } from 'commander';
import { type ApiFlags, openApi, type PageFlags, withApiFlags } from '../coordinator-api.ts';
import { withOptionsLater } from '../flags/load-options.ts';
import { readName } from '../flags/option-values.ts';
import { withPageFlags } from '../flags/page-flags.ts';
import { localTime, print, printJson, printTable, say } from '../terminal/output.ts';

export function keysCommand(): Command {
  return new Command('keys')
    .description('Create, list and revoke API keys')
    .addHelpText('after', '\nExample:\n  $ colora keys create --role operator --name grafana')
    .addCommand(createCommand())
    .addCommand(listCommand())
    .addCommand(revokeCommand());
}

function createCommand(): Command {
  const command = withApiFlags(new Command('create').description('Create a key; it is shown once'))
    .requiredOption('--name <name>', 'whose it is', readName)
    .addHelpText('after', '\nExample:\n  $ colora keys create --role participant --name anna')
    .action(async (flags: ApiFlags & { role: Role; name: string }) => {
      const { role, name } = flags;
      const answer = await (await openApi(flags)).call('createKey', { body: { role, name } });
      if (flags.json) return printJson(answer);
      print(answer.key);
      say(`This key of ${role} ${name} is shown only now. To revoke it: colora keys revoke ${answer.id}`);
    });
  return withOptionsLater(command, async () => {
    const { roleSchema } = await import('@colora/protocol/entities');
    const role = new Option('--role <role>', 'what it may do').choices(roleSchema.options);
    command.addOption(role.makeOptionMandatory());
  });
}

function listCommand(): Command {
  return withPageFlags(withApiFlags(new Command('list').description('List keys (never the keys themselves)')))
    .addHelpText('after', '\nExample:\n  $ colora keys list')
    .action(async (flags: ApiFlags & PageFlags) => {
      const { limit, offset } = flags;
      const answer = await (await openApi(flags)).call('listKeys', { query: { limit, offset } });
      if (flags.json) return printJson(answer);
      const rows = answer.items.map((key) => [
        key.id,
        key.role,
        key.name,
        localTime(key.createdAt),
        localTime(key.revokedAt),
      ]);
      printTable(['id', 'role', 'name', 'created', 'revoked'], rows, 'No keys.');
    });
}

function revokeCommand(): Command {
  return withApiFlags(new Command('revoke').description('Revoke a key'))
    .argument('<id>', 'id of the key (colora keys list)')
    .option('--force', 'also the last admin key: the next start of the coordinator prints a new one')
    .addHelpText('after', '\nExample:\n  $ colora keys revoke 0b1c…')
    .action(async (id: string, flags: ApiFlags & { force?: boolean }) => {
      const query = flags.force ? { force: 'true' } : {};
      const answer = await (await openApi(flags)).call('revokeKey', { params: { id }, query });
      if (flags.json) return printJson(answer);
      print(`revoked the key of ${answer.role} ${answer.name}`);
    });
}
