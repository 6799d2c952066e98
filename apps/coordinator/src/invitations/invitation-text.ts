// The text of an invitation: `colora_i_<id>.<when it ends>.<signature>`, signed with the coordinators' secret over the group too.
// Nobody can make one, or find one out: it stands nowhere. What it is still good for is in its row (spend-invitation.ts).
import { timingSafeEqual } from 'node:crypto';
import type { InvitationModel } from '../generated/prisma/models.ts';
import type { Secret } from '../keys/secret.ts';

type Signed = Pick<InvitationModel, 'id' | 'groupId' | 'expiresAt'>;

const pattern = /^colora_i_([0-9a-f-]{1,64})\.([0-9a-z]{1,12})\.([\w-]{43})$/;

export async function formatInvitation(secret: Secret, invitation: Signed): Promise<string> {
  const end = endOf(invitation);
  return `colora_i_${invitation.id}.${end}.${await sign(secret, invitation.id, invitation.groupId, end)}`;
}

/** Its id, if it was made here for this group; else null. */
export async function readInvitation(secret: Secret, text: string, groupId: string): Promise<string | null> {
  const [, id, end, signature] = pattern.exec(text) ?? [];
  if (id === undefined || end === undefined || signature === undefined) return null;
  const wanted = Buffer.from(await sign(secret, id, groupId, end));
  return timingSafeEqual(wanted, Buffer.from(signature)) ? id : null;
}

const endOf = ({ expiresAt }: Pick<Signed, 'expiresAt'>) =>
  Math.floor(expiresAt.getTime() / 1000).toString(36);

const sign = (secret: Secret, id: string, groupId: string, end: string) =>
  secret.sign(`invitation ${id} ${groupId} ${end}`);
