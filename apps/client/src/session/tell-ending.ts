// Tells those who run the group how this daemon ended, in codes alone: what may be told is the caller's to say (ClientOptions.reportOf), and
// has no place for a text. One try, a few seconds at most: an ending is never held up by it, nor changed.
import { createApiClient } from '@colora/protocol/api-client';
import { endingText } from '@colora/protocol/why/endings';
import { logTo } from '../client-log.ts';
import { assertMaySendKey } from '../proxy/plain-address.ts';
import { readIdentity } from '../workspace/identity.ts';
import type { ClientOptions } from './client-options.ts';
import { connectionsOf } from './connections-of.ts';

const mostSeconds = 5;

/** `round`: the one under way; null before the first. Never rejects. */
export async function tellEnding(
  options: ClientOptions,
  error: unknown,
  round: number | null,
): Promise<void> {
  const ending = options.reportOf?.(error) ?? null;
  if (ending === null) return;
  const log = logTo(options.log);
  const url = options.url.replace(/\/+$/, '');
  const identity = await readIdentity(options.workspace, url, options.key).catch(() => null);
  if (identity === null) return; // nobody is a member, of this coordinator, yet
  try {
    assertMaySendKey(url, options.insecure === true);
    const line = connectionsOf(options, log);
    const api = createApiClient(url, () => identity.key, { timeoutSeconds: mostSeconds, ...line });
    const body = { ...ending, round };
    await api.call('putErrorReport', { params: { group: options.group }, body, signal: options.signal });
    log(
      'info',
      `told those who run the group: ${endingText(ending)}, and no more (--no-reports tells nothing)`,
    );
  } catch (failed) {
    const why = failed instanceof Error ? failed.message : String(failed);
    log('info', `could not tell those who run the group how it ended: ${why}`);
  }
}
