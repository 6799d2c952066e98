// Light members of a group with clusters, for tests: the probes that they send, and contributions under their cluster's names.
import type { ApiClient } from '@colora/protocol/api-client';
import { clusterRowName } from '@colora/protocol/clusters/cluster-rows';
import { encodeContributionMetadata } from '@colora/protocol/contribution';
import type { TaskSettingsInput } from '@colora/protocol/task-settings';
import { encode } from '@colora/tensors/safetensors/safetensors';
import { encodeWire } from '@colora/tensors/wire/wire-file';
import { hash, type TestMember, tensors } from './group.ts';

export const labels = ['bad', 'good'];
export const initial = tensors({
  'head/bad': [0, 0, 0, 0, 7],
  'head/good': [0, 0, 0, 0, 8],
  'x.shared.A': [1, 2],
});

/** What their labels mean to people of two kinds, and to a third. */
const kinds = {
  plain: { 'head/bad': [-0.04, 0, 0.01, 0, 0], 'head/good': [0.04, 0, 0, 0.01, 0] },
  inverted: { 'head/bad': [0.04, 0, 0, -0.01, 0], 'head/good': [-0.04, 0, 0.01, 0, 0] },
  other: { 'head/bad': [0, 0.04, 0, 0, 0], 'head/good': [0, -0.04, 0, 0, 0] },
} as const;
export type Kind = keyof typeof kinds;

const probeBytes = (kind: Kind, only = labels) =>
  encode(
    new Map([...tensors(kinds[kind])].filter(([name]) => only.some((label) => name === `head/${label}`))),
  );

export async function sendProbe(
  { api }: TestMember,
  group: string,
  kind: Kind,
  only?: string[],
): Promise<number | null> {
  const bytes = probeBytes(kind, only);
  return (await api.call('putProbe', { params: { group }, bytes, sha256: hash(bytes) })).cluster;
}

export const places = async (admin: ApiClient, group: string) => {
  const { clusters } = await admin.call('showClusters', { params: { group } });
  return Object.fromEntries(clusters.map(({ cluster, members }) => [cluster, members]));
};

/** A contribution of the member's own rows and the shared part, each value `by`. */
export async function contribute(one: TestMember, group: string, by: number, own = labels): Promise<void> {
  const { round, place } = await one.until('a round of its own', (now) => now.round?.contributed === false);
  const rows = own.map((label) => [clusterRowName(place!.cluster, label), [by, by, by, by, by]] as const);
  const update = tensors({ 'x.shared.A': [by, by], ...Object.fromEntries(rows) });
  const { number, version } = round!;
  const metadata = encodeContributionMetadata({ kind: 'delta', version, round: number, examples: 1 });
  const order = [...(await one.checkpoint()).keys()]; // rows that it lacks come last
  const bytes = encodeWire(update, { encoding: 'f32', metadata, order });
  await one.api.call('putContribution', { params: { group, round: number }, bytes, sha256: hash(bytes) });
}

/** Of two labels, that all people who sent a probe or will are in. */
export function clusteredSettings(participants: number, count: number, clusters: 'auto' | 'fixed' = 'auto') {
  return {
    task: { kind: 'classification', labels, clusters },
    training: { phases: 'joint' },
    rounds: { count, participants, quorum: 1, deadlineSeconds: 600 },
  } satisfies Partial<TaskSettingsInput>;
}
