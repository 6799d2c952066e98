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
    .addHelpText(
      'after',
      '\nanswered: of the latest 20 rounds of each group that asked. missed: rounds in a row that asked and got nothing; from 3 on a\nmember is drawn more rarely, and rounds with their quorum hardly wait for it, until it delivers.\n\nExample:\n  $ colora participants list --group reviews',
    )
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
        item.asked === 0 ? '-' : `${item.answered} of ${item.asked}`,
        item.missed === 0 ? '-' : item.missed,
        localTime(item.lastSeenAt),
        localTime(item.createdAt),
      ]);
      printTable(
        ['participant', 'online', 'groups', 'answered', 'missed', 'last seen', 'enrolled'],
        rows,
        'No participants yet.',
      );
    });
}
