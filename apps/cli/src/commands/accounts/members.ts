// `colora members …`: an admin's word for a member, and what the member tells her for it.
import { Command, InvalidArgumentError } from 'commander';
import { type ApiFlags, openApi, withApiFlags } from '../../coordinator-api.ts';
import { withWorkspaceFlags } from '../../flags/member/place-flags.ts';
import { readName } from '../../flags/option-values.ts';
import { print, printJson, say } from '../../terminal/output.ts';
import { UsageError } from '../../usage-error.ts';

export function membersCommand(): Command {
  return new Command('members')
    .description('Vouch for members of groups with secure aggregation')
    .addHelpText(
      'after',
      '\nExample:\n  $ colora members key                        # the member tells it, by telephone say\n  $ colora members vouch ann --group reviews --key-of-member 5f3a…',
    )
    .addCommand(keyCommand())
    .addCommand(vouchCommand());
}

function readKey(text: string): string {
  if (/^[0-9a-f]{64}$/.test(text)) return text;
  throw new InvalidArgumentError('Use what colora members key prints: 64 hexadecimal digits.');
}

function keyCommand(): Command {
  return withWorkspaceFlags(new Command('key'))
    .description('Print the public key that this workspace signs with, for an admin who vouches')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  $ colora members key')
    .action(async ({ workspace, json }: { workspace: string; json?: boolean }) => {
      const { ownPublicKey } = await import('@colora/client/kept-proofs');
      const key = await ownPublicKey(workspace);
      if (key === null)
        throw new UsageError(`${workspace} has no signing key yet: it is made when it joins a group`);
      if (json) return printJson({ key });
      print(key);
    });
}

interface VouchFlags extends ApiFlags {
  readonly group: string;
  readonly keyOfMember: string;
  readonly vouchKey?: string;
}

const vouchHelp = `
It signs the member's public key here, on your machine, and hands in the signature. The key it signs with is made at first use, in
~/.config/colora/vouch-key or the file of --vouch-key: keep it off the coordinator, or whoever breaks in there can invent members.
Its public half, which is printed, is what the setting privacy.secureAggregation.vouchedBy names, and members join with
--require-vouched. Take the member's key from her (colora members key), not from the coordinator.

Example:
  $ colora members vouch ann --group reviews --key-of-member 5f3a…`;

function vouchCommand(): Command {
  return withApiFlags(
    new Command('vouch').description('Say that a member is who she says: rounds count no others'),
  )
    .argument('<participant>', 'its name, as colora participants list shows it', readName)
    .requiredOption('--group <group>', 'the group', readName)
    .requiredOption('--key-of-member <public-key>', 'her public key, as she told it to you', readKey)
    .option('--vouch-key <file>', 'what signs; default: ~/.config/colora/vouch-key, made at first use')
    .addHelpText('after', vouchHelp)
    .action(async (participant: string, flags: VouchFlags) => {
      const { vouchForm } = await import('@colora/protocol/masking/masking-forms');
      const { openVouchKey } = await import('./vouch-key.ts');
      const { config } = await import('../../config.ts');
      const path = flags.vouchKey ?? config.vouchKeyFile;
      const signer = await openVouchKey(path);
      if (signer.isNew) say(`made a key that vouches: ${path}`);
      const api = await openApi(flags);
      const { group, keyOfMember: key } = flags;
      const { createdAt, settings } = await api.call('showGroup', { params: { group } });
      const { vouchedBy } = settings.privacy.secureAggregation ?? {};
      if (vouchedBy !== undefined && vouchedBy !== signer.publicKey)
        throw new UsageError(
          `in ${group} ${vouchedBy} vouches for members, and ${path} holds ${signer.publicKey}: name the file of that key with --vouch-key`,
        );
      const signature = signer.sign(vouchForm.write({ group, groupCreatedAt: createdAt, key }));
      const answer = await api.call('putVouch', { params: { group, participant }, body: { signature } });
      if (flags.json) return printJson({ ...answer, vouchedBy: signer.publicKey });
      print(`${answer.participant} is vouched for in ${group}, by ${signer.publicKey}`);
      if (vouchedBy === undefined)
        say(
          `${group} counts members without a vouch too: privacy.secureAggregation.vouchedBy names who vouches.`,
        );
    });
}
