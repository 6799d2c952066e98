// Who hears of a new checkpoint: all members where all are asked in each round. Of a group that draws cohorts only
// operators do: the next cohort hears of its round, and waking the thousands of others would be for nothing.
import type { Context } from '../../context.ts';
import type { KnownSituation } from '../read-situation.ts';

export function announceCheckpoint(
  { hints }: Pick<Context, 'hints'>,
  { groupId, groupName, settings }: Pick<KnownSituation, 'groupId' | 'groupName' | 'settings'>,
  version: number,
): void {
  const event = { group: groupName, version };
  if (settings.rounds.cohort === undefined) hints.tell(groupId, 'checkpoint:published', event);
  else hints.tellOperators('checkpoint:published', event);
}
