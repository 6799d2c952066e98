// Reading the values of flags and arguments: each reader returns the value or says what is allowed.
import { formatInvitationLink } from '@colora/protocol/accounts/invitation-link';
import { readPasted } from '@colora/protocol/accounts/pasted-link';
import { readBytes } from '@colora/protocol/bounds/byte-amount';
import {
  isReservedName,
  namePattern,
  nameWords,
  reservedNameWords,
  spellName,
} from '@colora/protocol/bounds/names';
import { InvalidArgumentError } from 'commander';

export function readName(value: string): string {
  const name = spellName(value);
  if (namePattern.test(name)) return name;
  throw new InvalidArgumentError(`A name cannot be so: ${nameWords}.`);
}

/** The name of a profile that is to be: it is a file's too. */
export function readProfileName(value: string): string {
  const name = readName(value);
  if (!isReservedName(name)) return name;
  throw new InvalidArgumentError(`A profile cannot be called so: use ${reservedNameWords}.`);
}

/** The name of a group that is to be. */
export function readNewGroupName(value: string): string {
  const name = readName(value);
  if (!isReservedName(name)) return name;
  throw new InvalidArgumentError(`A group cannot be called so: use ${reservedNameWords}.`);
}

export function readUrl(value: string): string {
  const url = URL.canParse(value) ? new URL(value) : null;
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new InvalidArgumentError('Use an address such as http://127.0.0.1:7070.');
  }
  return value.replace(/\/+$/, '');
}

export const keySigns = /^[\x21-\x7e]+$/;

/** An API key as it was pasted: a line break beside it is none of it, and no header carries other signs within. */
export function readKey(value: string): string {
  const key = value.trim();
  if (keySigns.test(key)) return key;
  throw new InvalidArgumentError('An API key has only letters, digits and signs of ASCII: copy it again.');
}

/** A coordinator's public key, as it logs it when it starts. */
export function readPublicKey(value: string): string {
  const key = value.trim().toLowerCase();
  if (/^[0-9a-f]{64}$/.test(key)) return key;
  throw new InvalidArgumentError('A public key has 64 digits and letters from a to f.');
}

/** A whole number from `least` to `most`. */
export function readInteger(least: number, most = Number.MAX_SAFE_INTEGER): (value: string) => number {
  const allowed = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`;
  return (value) => {
    const number = Number(value);
    if (/^\d+$/.test(value) && Number.isSafeInteger(number) && number >= least && number <= most)
      return number;
    throw new InvalidArgumentError(`Use a whole number ${allowed}.`);
  };
}

export const readPort = readInteger(0, 65_535);

/** Any finite number; the settings' own schema knows its bounds. */
export function readNumber(value: string): number {
  const number = Number(value);
  if (value.trim() !== '' && Number.isFinite(number)) return number;
  throw new InvalidArgumentError('Use a number.');
}

/** The same, or one word in its place. */
export function readNumberOr(word: string): (value: string) => number | string {
  return (value) => (value === word ? word : readNumber(value));
}

const secondsOf = { s: 1, m: 60, h: 3600, d: 24 * 3600, y: 365 * 24 * 3600 } as const;

/** A time such as 90m, 12h or 7d, in seconds. */
export function readDuration(value: string): number {
  const [, number, unit] = /^(\d{1,9})([smhdy])$/.exec(value.trim()) ?? [];
  if (number !== undefined && unit !== undefined)
    return Number(number) * secondsOf[unit as keyof typeof secondsOf];
  throw new InvalidArgumentError('Use a number with its unit, for instance 90m, 12h or 7d.');
}

/** Where `join` goes: a coordinator's address, or an invitation's link as it was pasted. */
export function readJoinAddress(value: string): string {
  const pasted = readPasted(value);
  if (pasted.is === 'broken') throw new InvalidArgumentError(`${sentence(pasted.why)}.`);
  return pasted.is === 'link' ? formatInvitationLink(pasted.link) : readUrl(pasted.text);
}

const sentence = (words: string) => words.charAt(0).toUpperCase() + words.slice(1);

/** An invitation's text, or the link that holds it. */
export function readInvitation(value: string): string {
  const pasted = readPasted(value);
  const invitation = pasted.is === 'link' ? pasted.link.invitation : value.trim();
  if (/^[\w.-]{1,200}$/.test(invitation)) return invitation;
  throw new InvalidArgumentError('An invitation is a link such as https://host/join/group#colora_i_….');
}

/** Any text, as it was typed: what a terminal gives in another encoding has arrived as U+FFFD, and nobody knows what it was. */
export function readText(value: string): string {
  if (!value.includes('\uFFFD')) return value;
  throw new InvalidArgumentError(
    'It holds U+FFFD, which stands where something was not UTF-8: set the terminal to UTF-8 (LANG=C.UTF-8; on Windows chcp 65001).',
  );
}

/** Comma-separated, spaces around items ignored; items are not empty. */
export function readList(value: string): string[] {
  const items = readText(value)
    .split(',')
    .map((item) => item.trim());
  if (items.every((item) => item !== '')) return items;
  throw new InvalidArgumentError('Use a comma-separated list without empty items.');
}

const collecting = new WeakSet<object>();

/** For a flag that may be given several times. */
export function collect<Item>(read: (value: string) => Item): (value: string, before?: Item[]) => Item[] {
  const reader = (value: string, before: Item[] = []) => [...before, read(value)];
  collecting.add(reader);
  return reader;
}

/** Whether a flag's reader is one of `collect`. */
export function isCollecting(reader: object | undefined): boolean {
  return reader !== undefined && collecting.has(reader);
}

/** One of a few words. */
export function readOneOf<Word extends string>(allowed: readonly Word[]): (value: string) => Word {
  return (value) => {
    const word = allowed.find((each) => each === value);
    if (word !== undefined) return word;
    throw new InvalidArgumentError(`Use one of ${allowed.join(', ')}.`);
  };
}

/** A share from above 0 to below 1. */
export function readShare(value: string): number {
  const share = readNumber(value);
  if (share > 0 && share < 1) return share;
  throw new InvalidArgumentError('Use a number between 0 and 1, for instance 0.2.');
}

/** Comma-separated, each one of a few words; none twice. */
export function readListOf<Word extends string>(allowed: readonly Word[]): (value: string) => Word[] {
  const readWord = readOneOf(allowed);
  return (value) => [...new Set(readList(value).map(readWord))];
}

/** Bytes, as much as a limit is worth. */
export function readAmount(value: string): number {
  const bytes = readBytes(value);
  if (bytes !== null && bytes >= 1000) return bytes;
  throw new InvalidArgumentError('Use an amount of at least 1KB, such as 500MB or 2GB.');
}
