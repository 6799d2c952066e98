// API keys in the system's keychain: macOS' Keychain, Windows' Credential Manager, on Linux the desktop's Secret Service (GNOME
// Keyring, KWallet). One key an address of a coordinator. What asks for a key, and which other places it may stand in, is not here.
import { platform } from 'node:process';
import type { AsyncEntry } from '@napi-rs/keyring';
import { UsageError } from './usage-error.ts';

const service = 'colora';
/** As long as a person may need to unlock it in the window that the system opens. */
const patienceMs = 60_000;

/** The key that is kept for the coordinator at `url`; undefined where none is, or where this system has no keychain. */
export async function keptKey(url: string): Promise<string | undefined> {
  try {
    const entry = await entryFor(url);
    return (await entry.getPassword(AbortSignal.timeout(patienceMs))) ?? undefined;
  } catch {
    return undefined; // what needs a key says that there is none, and where one may stand
  }
}

/** Replaces what is kept for that coordinator. Throws UsageError where this system has no keychain, or it stays locked. */
export async function keepKey(url: string, key: string): Promise<void> {
  await inKeychain(url, (entry) => entry.setPassword(key, AbortSignal.timeout(patienceMs)));
}

/** Whether there was one. Throws UsageError as `keepKey`. */
export async function dropKey(url: string): Promise<boolean> {
  return await inKeychain(url, (entry) => entry.deleteCredential(AbortSignal.timeout(patienceMs)));
}

async function inKeychain<Result>(url: string, use: (entry: AsyncEntry) => Promise<Result>): Promise<Result> {
  try {
    return await use(await entryFor(url));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UsageError(
      `the system’s keychain can’t be used (${why}): keep the key in a file that only you may read, and name it in COLORA_KEY_FILE`,
    );
  }
}

async function entryFor(url: string): Promise<AsyncEntry> {
  const { AsyncEntry } = await import('@napi-rs/keyring'); // optional: not every system has a binary
  // else Linux' kernel would keep it till the next start, without a word
  const options = platform === 'linux' ? { linux: { store: 'secret-service' } as const } : undefined;
  return new AsyncEntry(service, new URL(url).origin, options);
}
