// Where `join` goes, and into which groups: as its flags say, or the link of an invitation.
import { readInvitationLink } from '@colora/protocol/accounts/invitation-link';
import { UsageError } from '../../usage-error.ts';

interface WhereFlags {
  readonly group?: string[];
  readonly invitation?: string;
}

interface Where {
  readonly url: string;
  readonly group: string[];
  readonly invitation?: string;
}

/** `address`: the coordinator's, or an invitation's link. Throws UsageError. */
export function whereTo(address: string, flags: WhereFlags): Where {
  const link = readInvitationLink(address);
  const { group = link === null ? undefined : [link.group] } = flags;
  if (group === undefined)
    throw new UsageError('say which task group to join (--group), or pass an invitation’s link');
  if (link === null) return { url: address, group };
  if (group.some((name) => name !== link.group))
    throw new UsageError(`the link invites to ${link.group}: leave --group out, or join others without it`);
  if (flags.invitation !== undefined)
    throw new UsageError('the link is an invitation already: leave --invitation out');
  return { url: link.url, group, invitation: link.invitation };
}
