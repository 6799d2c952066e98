// An invitation's link as people paste it: out of a chat, a mail or a page, in brackets and quotes, broken over lines, or with the #
// written as %23. What was cut off or mixed up on the way is told apart from what is no link. Without schemas: command lines are read with it.
import { type InvitationLink, readInvitationLink } from './invitation-link.ts';

export type Pasted =
  | { readonly is: 'link'; readonly link: InvitationLink }
  /** A link, or a part of one, that can't be used: why, and what to do. */
  | { readonly is: 'broken'; readonly why: string }
  /** Another text, without what stood around it. */
  | { readonly is: 'other'; readonly text: string };

const longestPaste = 4096;
/** What nobody sees: joiners, marks of order and direction, soft hyphens. */
const unseen = /[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g;
const before = /^[\s<>("'`[{\u00ab\u2018-\u201f\u2039\u203a]+/;
const after = /[\s<>)"'`\]}.,;:!?\u00bb\u2018-\u201f\u2039\u203a]+$/;
/** As coordinators write them: the signature has 43 signs. */
const whole = /^colora_i_[\w-]+\.\w+\.[\w-]{43}$/;

export function readPasted(pasted: string): Pasted {
  if (pasted.length > longestPaste)
    return broken('it is far longer than a link: copy the link alone, from https:// on');
  const text = pasted.replace(unseen, '').replace(before, '').replace(after, '');
  const parts = text.split(/\s+/);
  const named = parts.flatMap((part) => (/:\/\/|:%2f%2f/i.test(part) ? [addressIn(part)] : []));
  const alone = named.find((part) => wholeLink(part) !== null);
  const joined = alone ?? addressIn(parts.join('')); // broken over lines
  const link = wholeLink(joined);
  if (link !== null) return { is: 'link', link };
  if (/^colora_i_/.test(text))
    return broken(
      'that is an invitation without its address: paste the whole link, or pass it as --invitation beside the address and --group',
    );
  if (!/\/join\/[^/]/.test(joined)) return { is: 'other', text: parts.length === 1 ? text : pasted };
  return broken(faultOf(joined));
}

const broken = (why: string): Pasted => ({ is: 'broken', why });

/** The address in a text without blanks: what stands before https:// is left out, escapes that stand for the signs of a link are undone. */
function addressIn(text: string): string {
  const plain = /^[^:/]*https?%3a%2f%2f/i.test(text) ? decoded(text) : text;
  const at = plain.search(/https?:\/\//i);
  const address = (at > 0 ? plain.slice(at) : plain).replace(after, '');
  return address.replace(/^https?/i, (scheme) => scheme.toLowerCase()).replace(/%23(?=colora_i_)/i, '#');
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function wholeLink(address: string): InvitationLink | null {
  const link = readInvitationLink(address);
  return link !== null && whole.test(link.invitation) ? link : null;
}

function faultOf(address: string): string {
  const copy = 'copy the whole link, put it in quotes';
  if (!address.includes('#'))
    return `the link has no invitation: what stands behind its # was cut off on the way; ${copy}`;
  const [, behind = ''] = /#(.*)$/.exec(address) ?? [];
  if (!behind.startsWith('colora_i_'))
    return `what stands behind the link’s # is no invitation, which begins with colora_i_; ${copy}`;
  return `the link’s invitation is not whole, or something else follows it; ${copy}`;
}
