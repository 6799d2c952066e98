// `colora participants list` and `reset-signing-key`.
import { Command } from 'commander';
import { type ApiFlags, openApi, type PageFlags, withApiFlags } from '../coordinator-api.ts';
import { readName } from '../flags/option-values.ts';
import { withPageFlags } from '../flags/page-flags.ts';
import { localTime, print, printJson, printTable } from '../terminal/output.ts';

export function participantsCommand(): Command {
  return new Command('participants')
    .description('Watch participants, and let one sign with a new key')
    .addHelpText('after', '\nExample:\n  $ colora participants list --group reviews')
    .addCommand(listCommand())
    .addCommand(resetSigningKeyCommand());
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

function resetSigningKeyCommand(): Command {
  const command = new Command('reset-signing-key')
    .description(
      'Forget the key that a participant signs contributions with, where its workspace is lost: the one it joins with next is taken',
    )
    .argument('<participant>', 'name of the participant', readName);
  return withApiFlags(command)
    .addHelpText(
      'after',
      '\nWhoever holds its API key can join with a key of his own then: make sure that it is the participant who asks.\n\nExample:\n  $ colora participants reset-signing-key ann',
    )
    .action(async (participant: string, flags: ApiFlags) => {
      const answer = await (await openApi(flags)).call('resetSigningKey', { params: { participant } });
      if (flags.json) return printJson(answer);
      print(
        answer.forgotten === null
          ? `${participant} has told no key yet.`
          : `The key ${answer.forgotten} of ${participant} is forgotten: the next one that it joins with is taken.`,
      );
    });
}
