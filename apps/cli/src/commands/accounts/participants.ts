// `colora participants …`: who takes part, removing somebody, and letting one sign with a new key.
import { machineText } from '@colora/protocol/accounts/machine-text';
import { spanText } from '@colora/protocol/deadlines/span-text';
import type { Participant } from '@colora/protocol/entities';
import { Command } from 'commander';
import { type ApiFlags, openApi, withApiFlags } from '../../coordinator-api.ts';
import { readName } from '../../flags/option-values.ts';
import { type PageFlags, sayNext, withPageFlags } from '../../flags/page-flags.ts';
import { localTime, print, printJson, printTable, say } from '../../terminal/output.ts';
import { UsageError } from '../../usage-error.ts';

export function participantsCommand(): Command {
  return new Command('participants')
    .description('Watch and remove participants')
    .addHelpText('after', '\nExample:\n  $ colora participants list --group reviews')
    .addCommand(listCommand())
    .addCommand(removeCommand())
    .addCommand(resetSigningKeyCommand());
}

function listCommand(): Command {
  return withPageFlags(withApiFlags(new Command('list').description('List participants')))
    .option('--group <group>', 'only members of this group', readName)
    .addHelpText(
      'after',
      '\nanswered: of the latest 20 rounds of each group that asked (of more than five groups fewer, 5 at least). missed: rounds in a row that asked and got nothing; from 3 on a\nmember is drawn more rarely, and rounds with their quorum hardly wait for it, until it delivers. trains: usually, in those rounds. runs: which version, and what it\ntrains on, as it told when it joined (colora join --no-figures tells nothing). last error: what its daemon\ntold when it ended (colora join --no-reports tells nothing).\n\nExample:\n  $ colora participants list --group reviews',
    )
    .action(async (flags: ApiFlags & PageFlags & { group?: string }) => {
      const { limit, cursor, group } = flags;
      const answer = await (await openApi(flags)).call('listParticipants', {
        query: { limit, cursor, group },
      });
      if (flags.json) return printJson(answer);
      const rows = answer.items.map((item) => [
        item.name,
        item.revoked ? 'revoked' : hasLeft(item, group) ? 'left' : item.online,
        item.groups.length === 0 ? '-' : item.groups.join(', '),
        item.asked === 0 ? '-' : `${item.answered} of ${item.asked}`,
        item.missed === 0 ? '-' : item.missed,
        item.usual?.training == null ? '-' : spanText(item.usual.training),
        item.machine === null ? '-' : `${item.machine.version}, ${machineText(item.machine)}`,
        item.lastError === null ? '-' : lastErrorText(item.lastError),
        localTime(item.lastSeenAt),
        localTime(item.createdAt),
      ]);
      printTable(
        [
          'participant',
          'online',
          'groups',
          'answered',
          'missed',
          'trains',
          'runs',
          'last error',
          'last seen',
          'enrolled',
        ],
        rows,
        'No participants yet.',
      );
      sayNext(answer);
    });
}

function lastErrorText({ exit, cause, round, at }: NonNullable<Participant['lastError']>): string {
  return `${cause ?? exit}${round === null ? '' : ` (round ${round})`}, ${localTime(at)}`;
}

interface RemoveFlags extends ApiFlags {
  readonly group?: string;
  readonly forget?: boolean;
}

function removeCommand(): Command {
  const description =
    'Remove a participant: its keys are revoked, its sockets closed and its memberships ended, at once';
  return withApiFlags(new Command('remove').description(description))
    .argument('<participant>', 'its name, as colora participants list shows it', readName)
    .option('--group <group>', 'from this group only: it keeps its key', readName)
    .option('--forget', 'delete its name, keys, figures and kept bytes too: see colora forget --help')
    .addHelpText(
      'after',
      '\nWhat it contributed to committed rounds is in their checkpoints: colora groups rollback takes those back. A contribution to the\nround under way counts still: colora rounds cancel takes it out. It comes again only by an invitation.\n\nExample:\n  $ colora participants remove mallory',
    )
    .action(async (participant: string, flags: RemoveFlags) => {
      const { group, forget = false } = flags;
      if (group !== undefined && forget)
        throw new UsageError('--forget deletes a participant, not a membership: leave --group out');
      const api = await openApi(flags);
      const answer =
        group === undefined
          ? await api.call('removeParticipant', {
              params: { participant },
              query: forget ? { forget: 'true' } : {},
            })
          : await api.call('removeMember', { params: { group, participant } });
      if (flags.json) return printJson(answer);
      const where = answer.groups.length === 0 ? 'it was in no group' : `from ${answer.groups.join(', ')}`;
      print(`removed ${participant}: ${where}`);
      say(
        'What it contributed stays in the checkpoints: colora participants remove --help says what takes it back.',
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

const hasLeft = ({ groups }: { readonly groups: readonly string[] }, group: string | undefined) =>
  group !== undefined && !groups.includes(group);
