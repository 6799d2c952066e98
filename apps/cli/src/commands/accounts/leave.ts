// `colora leave` and `colora forget`: a member ends its membership, or all that a coordinator knows of it.
import { resolve } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { Command } from 'commander';
import { config } from '../../config.ts';
import { withGroupFlags, withWorkspaceFlags } from '../../flags/member/place-flags.ts';
import { print, printJson, say } from '../../terminal/output.ts';
import { UsageError } from '../../usage-error.ts';

interface MemberFlags {
  readonly workspace: string;
  readonly insecure?: boolean;
  readonly json?: boolean;
}

/** Adds --insecure and --json. */
function withAskingFlags(command: Command): Command {
  return command
    .option('--insecure', 'also over http:// to another machine (or COLORA_INSECURE)')
    .option('--json', 'print JSON');
}

const askingWith = ({ insecure }: MemberFlags) => ({
  line: config.line,
  insecure: insecure === true || config.insecure,
  log: (_: string, text: string) => say(text),
});

export function leaveCommand(): Command {
  const description =
    'Leave a group: no round asks for you any more. What you contributed stays in its checkpoints';
  return withAskingFlags(withGroupFlags(new Command('leave').description(description)))
    .addHelpText('after', '\nExample:\n  $ colora leave --group reviews')
    .action(async (flags: MemberFlags & { group: string }) => {
      const { leaveGroup } = await import('@colora/client/own-membership');
      const { group, workspace } = flags;
      const url = await leaveGroup(workspace, group, askingWith(flags));
      await forgetMembership(workspace, group);
      if (flags.json) return printJson({ group, url, state: 'left' });
      print(
        `left ${group} at ${url}; your workspace ${workspace} and its key stay, and colora join comes again`,
      );
    });
}

const whatForgettingMeans = `It deletes at the coordinator, for good: your name, your keys, the figures and errors you told, your hours, step times and
times within rounds, your probes, and the bytes of what you contributed (of a round under way when it is over). Your memberships end; nobody can undo it.

It does not take back what checkpoints have learnt from you: what you contributed to a committed round is part of that checkpoint
and of all after it, at every member who has them. Only a rollback by an admin to a checkpoint before your first contribution
does. The statements that you signed with each contribution are deleted too, so nobody can verify any more what you sent: of your part
a manifest keeps a hash that nothing explains. Under a number without a name it stays known when you were a member, which rounds you contributed to, with which size and
weight, and in the trail of who did what also from which address: its entries can't be taken out, or it would prove nothing.
Backups of the coordinator's database are its operators' affair. Your workspace stays, but for its key.`;

export function forgetCommand(): Command {
  const description =
    'Have a coordinator delete what it knows of you (it says what, and what not, before it asks)';
  return withAskingFlags(withWorkspaceFlags(new Command('forget').description(description)))
    .option('--yes', 'do it without asking')
    .addHelpText('after', `\n${whatForgettingMeans}\n\nExample:\n  $ colora forget`)
    .action(async (flags: MemberFlags & { yes?: boolean }) => {
      const { forgetMe, whoIsForgotten } = await import('@colora/client/own-membership');
      const { workspace } = flags;
      const asking = askingWith(flags);
      const { url, participant } = await whoIsForgotten(workspace, asking);
      say(`Forgetting ${participant ?? 'you'} at ${url}. ${whatForgettingMeans}\n`);
      if (!flags.yes && !(await agrees())) throw new UsageError('nothing was deleted');
      const groups = await forgetMe(workspace, asking);
      await forgetMembership(workspace);
      if (flags.json) return printJson({ url, participant, groups, state: 'forgotten' });
      print(
        `forgotten at ${url}: ${participant ?? 'you'}, in ${groups.length === 0 ? 'no group' : groups.join(', ')}`,
      );
    });
}

/** In what is remembered here: of one group, or of all that the workspace joined. */
async function forgetMembership(workspace: string, group?: string): Promise<void> {
  const { forgetWhere } = await import('../../remembered/remember.ts');
  const folder = resolve(workspace);
  await forgetWhere(
    config.configFolder,
    (one) =>
      one.kind === 'member' && one.workspace === folder && (group === undefined || one.group === group),
  );
}

async function agrees(): Promise<boolean> {
  if (!process.stdin.isTTY)
    throw new UsageError('this can’t be undone: pass --yes where nobody can be asked');
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return (await terminal.question('Type forget to go on: ')).trim() === 'forget';
  } finally {
    terminal.close();
  }
}
