// Follows the rounds of some groups over REST and tells of each committed one. Reporting only.
import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiClient } from '@colora/protocol/api-client';
import type { Round } from '@colora/protocol/entities';

export interface CommittedRound {
  readonly group: string;
  readonly round: Round;
}

/** Each look is four requests of a coordinator that has others to answer. */
const lookEveryMs = 4000;

/** Calls `tell` once for every committed round of the groups until the signal is aborted; those before that are told. */
export async function watchRounds(
  api: ApiClient,
  groups: readonly string[],
  tell: (committed: CommittedRound) => void,
  signal: AbortSignal,
): Promise<void> {
  const told = new Map(groups.map((group) => [group, 0]));
  for (let isLast = false; ; isLast = signal.aborted) {
    for (const group of groups) await tellNewRounds(api, group, told, tell).catch(() => undefined);
    if (isLast) return;
    await sleep(lookEveryMs, undefined, { signal }).catch(() => undefined);
  }
}

async function tellNewRounds(
  api: ApiClient,
  group: string,
  told: Map<string, number>,
  tell: (committed: CommittedRound) => void,
): Promise<void> {
  const { items } = await api.call('listRounds', { params: { group }, query: { limit: 20 } });
  const last = told.get(group)!;
  const fresh = items.filter((round) => round.state === 'committed' && round.number > last).reverse();
  for (const round of fresh) tell({ group, round });
  told.set(group, Math.max(last, ...fresh.map((round) => round.number)));
}
