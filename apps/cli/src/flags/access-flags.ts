// How a coordinator is reached and as whom: the key, where it is read from, and whether it may go over an open line. A key on a
// command line is seen by everybody on the machine, so it may stand in a file, a variable or the system's keychain.
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { withFile } from '@colora/protocol/failures/file-problem';
import type { Command } from 'commander';
import { config } from '../config.ts';
import { say } from '../terminal/output.ts';
import { UsageError } from '../usage-error.ts';
import { keySigns, readKey } from './option-values.ts';

export interface AccessFlags {
  readonly key?: string;
  readonly keyFile?: string;
  readonly insecure?: boolean;
}

export interface Access {
  readonly key: string | undefined;
  readonly insecure: boolean;
}

export const replaceKeyHelp =
  'with --key of another participant than the workspace’s: give up the workspace’s own key';

/** Adds --key, --key-file and --insecure. */
export function withAccessFlags(command: Command, keyHelp: string): Command {
  return command
    .option('--key <key>', keyHelp, readKey)
    .option(
      '--key-file <file>',
      'file that holds the key, or - for the standard input (else a command line shows it)',
    )
    .option(
      '--insecure',
      'send the key over http:// to another machine, where it can be read on the way (or COLORA_INSECURE)',
    );
}

/**
 * What the flags say of how to reach `url`; warns where the way is open. `own`: the environment's key, or else the keychain's,
 * is this command's too (a member's is its workspace's). Throws UsageError, FileProblem.
 */
export async function accessTo(url: string, flags: AccessFlags, own: 'own' | 'member'): Promise<Access> {
  const { isPlainAddress, plainAddressWarning } = await import('@colora/client/proxy/plain-address');
  if (isPlainAddress(url)) say(plainAddressWarning(url));
  const insecure = flags.insecure === true || config.insecure;
  const given = await givenKey(flags);
  if (given !== undefined || own === 'member') return { key: given, insecure };
  return { key: config.key ?? (await keyOfEnvironmentFile()) ?? (await keyOfKeychain(url)), insecure };
}

/** By --key or --key-file. Throws UsageError, FileProblem. */
export async function givenKey({ key, keyFile }: AccessFlags): Promise<string | undefined> {
  if (key !== undefined && keyFile !== undefined)
    throw new UsageError('--key and --key-file: pass one of them');
  return keyFile === undefined ? key : await keyIn(keyFile, '--key-file');
}

async function keyOfEnvironmentFile(): Promise<string | undefined> {
  const { keyFile } = config;
  return keyFile === undefined ? undefined : await keyIn(keyFile, 'COLORA_KEY_FILE');
}

async function keyOfKeychain(url: string): Promise<string | undefined> {
  const { keptKey } = await import('../keychain.ts');
  return await keptKey(url);
}

async function keyIn(file: string, named: string): Promise<string> {
  const held =
    file === '-'
      ? await text(process.stdin)
      : await withFile('read', file, () => readFile(file, 'utf8'), `${named} names it`);
  const key = held.trim();
  if (keySigns.test(key)) return key;
  throw new UsageError(`${named}: ${file} holds no API key: one line of letters, digits and signs of ASCII`);
}
