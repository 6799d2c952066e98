// An invitation as a link: the coordinator's address, the group, and the invitation's text behind a #, which browsers and
// proxies don't send on. Without schemas: command lines are read with it.
import { spellName } from '../bounds/names.ts';

export interface InvitationLink {
  /** Of the coordinator, without a slash at its end. */
  readonly url: string;
  readonly group: string;
  readonly invitation: string;
}

export function formatInvitationLink({ url, group, invitation }: InvitationLink): string {
  return `${url.replace(/\/+$/, '')}/join/${encodeURIComponent(group)}#${invitation}`;
}

/** Null for what is no such link. */
export function readInvitationLink(text: string): InvitationLink | null {
  const found = /^(https?:\/\/[^\s#?]+)\/join\/([^\s/#?]+)#(colora_i_[\w.-]{1,200})$/.exec(text.trim());
  const [, url, group, invitation] = found ?? [];
  if (url === undefined || group === undefined || invitation === undefined || !URL.canParse(url)) return null;
  try {
    return { url, group: spellName(decodeURIComponent(group)), invitation };
  } catch {
    return null; // a % that stands for nothing
  }
}
