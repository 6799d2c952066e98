// `colora groups invite` and `invitations`: links that let newcomers in.
import { formatInvitationLink } from '@colora/protocol/accounts/invitation-link';
import type { Invitation } from '@colora/protocol/accounts/invitations';
import { Command } from 'commander';
import { type ApiFlags, openApi, withApiFlags } from '../../coordinator-api.ts';
import { readDuration, readInteger, readName } from '../../flags/option-values.ts';
import { type PageFlags, sayNext, withPageFlags } from '../../flags/page-flags.ts';
import { localTime, print, printJson, printTable, say } from '../../terminal/output.ts';

export function invitationCommands(): Command[] {
  return [inviteCommand(), invitationsCommand()];
}

function inviteCommand(): Command {
  const description = 'Create an invitation: a link that lets newcomers in until it is used up or expires';
  return withApiFlags(new Command('invite').description(description))
    .argument('<group>', 'name of the group', readName)
    .option('--uses <n>', 'how many newcomers it lets in', readInteger(1, 10_000), 1)
    .option('--expires <time>', 'how long it is good for: 90m, 12h, 7d', readDuration, 7 * 24 * 3600)
    .addHelpText('after', '\nExample:\n  $ colora groups invite reviews --uses 12 --expires 30d')
    .action(async (group: string, flags: ApiFlags & { uses: number; expires: number }) => {
      const { uses, expires: expiresInSeconds } = flags;
      const api = await openApi(flags);
      const answer = await api.call('createInvitation', {
        params: { group },
        body: { uses, expiresInSeconds },
      });
      const link = formatInvitationLink({ url: api.url, group, invitation: answer.invitation });
      if (flags.json) return printJson({ ...answer, link });
      print(link);
      say(
        `Shown only now; good for ${uses === 1 ? 'one newcomer' : `${uses} newcomers`} until ${localTime(answer.expiresAt)}. Join with it: colora join '${link}' --data <file>`,
      );
      say(`To revoke it: colora groups invitations ${group} --revoke ${answer.id}`);
    });
}

function invitationsCommand(): Command {
  const description = 'List invitations of a group, newest first, or revoke one';
  return withPageFlags(withApiFlags(new Command('invitations').description(description)))
    .argument('<group>', 'name of the group', readName)
    .option('--revoke <id>', 'revoke this one: it lets nobody in any more, and who came by it stays')
    .addHelpText('after', '\nExample:\n  $ colora groups invitations reviews')
    .action(async (group: string, flags: ApiFlags & PageFlags & { revoke?: string }) => {
      const api = await openApi(flags);
      if (flags.revoke !== undefined) {
        const params = { group, id: flags.revoke };
        const revoked = await api.call('revokeInvitation', { params });
        if (flags.json) return printJson(revoked);
        return print(`revoked the invitation ${revoked.id}, used ${revoked.used} of ${revoked.uses} times`);
      }
      const { limit, cursor } = flags;
      const answer = await api.call('listInvitations', { params: { group }, query: { limit, cursor } });
      if (flags.json) return printJson(answer);
      printTable(
        ['id', 'by', 'created', 'used', 'of', 'by whom', 'expires', 'revoked'],
        answer.items.map(invitationCells),
        'No invitations. Create one: colora groups invite --help',
      );
      sayNext(answer);
    });
}

function invitationCells(item: Invitation) {
  const { id, createdBy, createdAt, used, uses, usedBy, expiresAt, revokedAt } = item;
  const whom = usedBy.length < used ? [...usedBy, '…'] : usedBy;
  return [
    id,
    createdBy,
    localTime(createdAt),
    used,
    uses,
    whom.join(', '),
    localTime(expiresAt),
    localTime(revokedAt),
  ];
}
