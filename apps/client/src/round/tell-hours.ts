// Tells the coordinator the hours in which this member may be asked, when they are others than it was told last:
// so no round counts on a daemon that will rest. A kept copy of what was told spares the call.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Availability } from '@colora/protocol/accounts/availability';
import { ApiProblem } from '@colora/protocol/api-client';
import { availableInUtc } from '../guest/pause-windows.ts';
import { retry } from '../line/backoff.ts';
import type { Session } from '../session/open-session.ts';
import { writeAtomic } from '../workspace/atomic-file.ts';

type Speaker = Pick<Session, 'options' | 'api' | 'group' | 'paths' | 'log'>;

/** Never told: a member without hours of its own says nothing, and leaves what was set for it by hand. */
const nothing = JSON.stringify(null);

export async function tellHours(
  { options, api, group, paths, log }: Speaker,
  now = new Date(),
): Promise<void> {
  const windows = availableInUtc(options.guest?.windows ?? [], now);
  // Paused around the clock: nobody who never asks is counted on.
  const told = JSON.stringify(windows?.length === 0 ? null : windows);
  const path = join(paths.folder, 'told-hours.json');
  if (told === (await readFile(path, 'utf8').catch(() => nothing)).trim()) return;
  const body: Availability = { awayUntil: null, windows: JSON.parse(told) };
  const call = () =>
    api.call('putAvailability', { params: { group: group.name }, body, signal: options.signal });
  try {
    await retry(call, { signal: options.signal, log, doing: 'telling its hours', backoff: options.backoff });
    await writeAtomic(path, told);
  } catch (error) {
    if (!(error instanceof ApiProblem)) throw error;
    log(
      'warn',
      `the coordinator does not take this member's hours (${error.message}); rounds may wait for it`,
    );
  }
}
