// A checkpoint as the members of one cluster see it: the rows of the head that are theirs under the names that every learner
// knows, `head/<label>`; and the way back, for what they send. Names alone; where a member belongs is told with its round.

import { clusterRowName, clusterRowOf, headPrefix, isHeadRow } from '@colora/protocol/clusters/cluster-rows';
import type { Place } from '@colora/protocol/clusters/clusters';
import { type Tensor, type TensorMap, zeros } from '@colora/tensors/tensor';
import { type OwnAccount, withApplied } from './own-account.ts';

/**
 * Without other clusters' rows. A row that the checkpoint doesn't hold yet is what it will start from, and the group's
 * first rows stand for labels of which the cluster has none. Who has no place sees the checkpoint as it is.
 */
export function seenBy(place: Place | null, checkpoint: TensorMap): TensorMap {
  if (place === null) return checkpoint;
  const seen = new Map([...checkpoint].filter(([name]) => clusterRowOf(name) === null));
  for (const { label, start } of place.rows) {
    const name = headPrefix + label;
    const from = start === null ? undefined : checkpoint.get(start);
    if (from !== undefined) seen.set(name, from);
    else if (seen.has(name)) seen.set(name, zeros(seen.get(name)!.shape));
  }
  for (const [name, tensor] of checkpoint) {
    const row = clusterRowOf(name);
    if (row?.cluster === place.cluster) seen.set(headPrefix + row.label, tensor);
  }
  return seen;
}

/** The rows of each cluster that has one for any of these labels, as seenBy has them: what a newcomer chooses from. */
export function clusterHeads(checkpoint: TensorMap, labels: readonly string[]): Map<number, TensorMap> {
  const own = new Set(labels);
  const first = new Map(
    [...checkpoint].filter(([name]) => labels.some((label) => name === headPrefix + label)),
  );
  const heads = new Map<number, Map<string, Tensor>>();
  for (const [name, tensor] of checkpoint) {
    const row = clusterRowOf(name);
    if (row === null || !own.has(row.label)) continue;
    const head = heads.get(row.cluster) ?? new Map(first);
    heads.set(row.cluster, head.set(headPrefix + row.label, tensor));
  }
  return heads;
}

/** What a learner made, under the names that its cluster's rows have in the checkpoint. */
export function namedFor(place: Place | null, update: TensorMap): TensorMap {
  if (place === null) return update;
  const nameOf = (name: string) =>
    isHeadRow(name) ? clusterRowName(place.cluster, name.slice(headPrefix.length)) : name;
  return new Map([...update].map(([name, tensor]): [string, Tensor] => [nameOf(name), tensor]));
}

/** Names in the order of the next checkpoint, in which contributions hold theirs. */
export function nextOrder(place: Place | null, checkpoint: TensorMap): string[] {
  const told = place?.rows.map(({ label }) => clusterRowName(place.cluster, label)) ?? [];
  return [...checkpoint.keys(), ...told.filter((name) => !checkpoint.has(name))];
}

/**
 * What of a cluster's rows is one's own from the start: a row that began as a copy of another one holds what was one's own in
 * that. `version`: up to which the account is in full; rows that began earlier are copied before what was applied later.
 */
export function withCopiedRows(account: OwnAccount, place: Place | null, version: number): OwnAccount {
  let copied = account;
  for (const { label, start, version: since } of place?.rows ?? []) {
    const name = clusterRowName(place!.cluster, label);
    const own = start === null ? undefined : account.get(start);
    if (own === undefined || since > version || copied.has(name)) continue;
    copied = withApplied(copied, new Map([[name, own]]), { [name]: 1 });
  }
  return copied;
}
