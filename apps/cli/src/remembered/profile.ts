// What is remembered of a coordinator, as a value and as the text of its file. No secret is in it: a member's key stays in her
// workspace, another's in the system's keychain, and a profile says where to look. Without schemas: the shell's completion reads it.
import { isAbsolute } from 'node:path';
import { namePattern } from '@colora/protocol/bounds/names';

/** By `join`: a workspace of this machine and a group that it is a member of. */
export interface MemberProfile {
  readonly kind: 'member';
  /** Its own among all profiles; the file's too. */
  readonly name: string;
  /** Of the coordinator, without a slash at its end. */
  readonly url: string;
  readonly group: string;
  /** Absolute path. */
  readonly workspace: string;
  readonly participant: string;
}

/** By `login`: whose key for a coordinator is in the keychain. */
export interface LoginProfile {
  readonly kind: 'login';
  readonly name: string;
  readonly url: string;
  readonly role: string;
  /** What the key is called. */
  readonly as: string;
}

export type Profile = MemberProfile | LoginProfile;

const formatVersion = 1;
/** Of a file; the longest path there is takes a quarter. */
export const mostProfileBytes = 16_384;
const mostSigns = 4096;

const isText = (value: unknown): value is string =>
  typeof value === 'string' && value.length > 0 && value.length <= mostSigns;
const isUrl = (text: string) =>
  URL.canParse(text) && /^https?:$/.test(new URL(text).protocol) && !text.endsWith('/');
const isName = (text: string) => namePattern.test(text);

const fields: Readonly<Record<Profile['kind'], Readonly<Record<string, (text: string) => boolean>>>> = {
  member: { url: isUrl, group: isName, workspace: isAbsolute, participant: isName },
  login: { url: isUrl, role: isText, as: isText },
};

export function formatProfile({ name: _, ...kept }: Profile): string {
  return `${JSON.stringify({ version: formatVersion, ...kept }, null, 2)}\n`;
}

/** Throws an Error that says what is wrong with the text. */
export function parseProfile(name: string, text: string): Profile {
  const { version, kind, ...rest } = objectIn(text);
  if (typeof version === 'number' && version > formatVersion)
    throw new Error(`it was written by a newer colora (format ${version}; this one knows ${formatVersion})`);
  if (version !== formatVersion) throw new Error('it has no version of a profile');
  if (kind !== 'member' && kind !== 'login') throw new Error('its kind is neither member nor login');
  for (const [field, isGood] of Object.entries(fields[kind])) {
    const value = rest[field];
    if (!isText(value) || !isGood(value)) throw new Error(`its ${field} is missing or is none`);
  }
  const unknown = Object.keys(rest).find((field) => !(field in fields[kind]));
  if (unknown !== undefined) throw new Error(`nothing is known of its field ${unknown.slice(0, 40)}`);
  return { kind, name, ...rest } as unknown as Profile;
}

function objectIn(text: string): Record<string, unknown> {
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch {
    throw new Error('it is no JSON');
  }
  if (typeof read !== 'object' || read === null || Array.isArray(read)) throw new Error('it is no object');
  return read as Record<string, unknown>;
}
