// `colora participants list`.
import { Command } from 'commander';
import { type ApiFlags, openApi, type PageFlags, withApiFlags } from '../coordinator-api.ts';
import { readName } from '../flags/option-values.ts';
import { withPageFlags } from '../flags/page-flags.ts';
import { localTime, printJson, printTable } from '../terminal/output.ts';

export function participantsCommand(): Command {
  return new Command('participants')
    .description('Watch participants')
    .addHelpText('after', '\nExample:\n  $ colora participants list --group reviews')
    .addCommand(listCommand());
}

function listCommand(): Command {
  return withPageFlags(withApiFlags(new Command('list').description('List participants')))
    .option('--group <group>', 'only members of this group', readName)
    .addHelpText('after', '\nExample:\n  $ colora participants list --group reviews')
    .action(async (flags: ApiFlags & PageFlags & { group?: string }) => {
      const { limit, offset, group } = flags;
      const answer = await (await openApi(flags)).call('listParticipants', {
        query: { limit, offset, group },
      });
      if (flags.json) return printJson(answer);
      const rows = answer.items.map((item) => [
        item.name,
        item.revoked ? 'revoked' : item.online,
        item.groups.join(', '),
        localTime(item.lastSeenAt),
        localTime(item.createdAt),
      ]);
      printTable(['participant', 'online', 'groups', 'last seen', 'enrolled'], rows, 'No participants yet.');
    });
}
