// A probe arrives: checked, kept, and its member placed where a round is under way, or else when the next one opens. The
// first probe of some labels counts: sending it again, or another one of them or of fewer, is answered the same way, so that
// nobody tries places out; a label more makes another one of it.
import { nearestCluster } from '@colora/aggregation/clusters/regroup';
import { clustersOf } from '@colora/protocol/clusters/cluster-settings';
import { ProblemError } from '@colora/protocol/problems';
import type { TaskSettings } from '@colora/protocol/task-settings';
import { elementCount } from '@colora/tensors/tensor';
import { findGroupFor } from '../access/find-group.ts';
import { settingsOf } from '../access/stored-settings.ts';
import { audit } from '../audit.ts';
import { findCheckpoint } from '../checkpoints/stored-checkpoint.ts';
import type { Context } from '../context.ts';
import type { TaskGroupModel } from '../generated/prisma/models.ts';
import { cosinesWith, standing } from '../grouping/compare-members.ts';
import { readMembers } from '../grouping/group-members.ts';
import { promiseRows } from '../grouping/promise-rows.ts';
import { checkProbe } from '../grouping/read-probe.ts';
import { lockGroup, nextClusterNumber, noteClustering } from '../grouping/regroup-members.ts';
import { roomForClusters } from '../grouping/room-for-clusters.ts';
import { rowShape } from '../grouping/row-plan.ts';
import type { Call, Result } from '../http/call.ts';
import { participantOf } from '../refusals.ts';
import type { Transaction } from '../sql/transaction.ts';

/** Names and shapes. */
const headerBytes = 512;
const mostBytes = 16 * 1024 ** 2;

export async function putProbe(
  context: Context,
  { params, body, caller }: Call<'putProbe'>,
): Promise<Result<'putProbe'>> {
  const participantId = participantOf(caller);
  const group = await findGroupFor(context, params.group, caller);
  const settings = settingsOf(group);
  if (clustersOf(settings) === 'off' || group.checkpointVersion === null) throw noClusters(group);
  const shape = rowShape(await readPlan(context, group, group.checkpointVersion));
  const sha256 = body.announced();
  const data = await receive(context, participantId, body, maxBytesOf(settings, shape));
  const labels = checkProbe(data, shape, settings);
  const sent = { sha256, labels, data };
  const answer = await context.db.$transaction((tx) => keep(tx, group, participantId, sent));
  context.nudge(group.id);
  return answer;
}

function noClusters({ name, checkpointVersion }: TaskGroupModel): ProblemError {
  const why = checkpointVersion === null ? 'has no checkpoint yet' : 'has no clusters';
  return new ProblemError('wrong-group-state', `${name} ${why}, and takes no probes`);
}

async function readPlan(context: Context, { id }: TaskGroupModel, version: number) {
  const { blob } = await findCheckpoint(context.db, id, version);
  return context.plans.read(blob);
}

function maxBytesOf({ task }: TaskSettings, shape: readonly number[]): number {
  const labels = 'labels' in task ? task.labels.length : 0;
  return Math.min(mostBytes, (labels + 1) * (4 * elementCount(shape) + headerBytes));
}

async function receive(
  context: Context,
  participantId: string,
  body: Call<'putProbe'>['body'],
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
  body.assertFits(maxBytes);
  const upload = await context.uploads.enter({ owner: participantId, address: body.address });
  try {
    const parts: Uint8Array[] = [];
    for await (const part of body.read(maxBytes, upload)) parts.push(part);
    return new Uint8Array(Buffer.concat(parts));
  } finally {
    upload.leave();
  }
}

interface SentProbe {
  readonly sha256: string;
  readonly labels: string[];
  readonly data: Uint8Array<ArrayBuffer>;
}

async function keep(
  tx: Transaction,
  { id: groupId, settings }: TaskGroupModel,
  participantId: string,
  sent: SentProbe,
): Promise<Result<'putProbe'>> {
  const { checkpointVersion } = await lockGroup(tx, groupId);
  const key = { groupId, participantId };
  const where = { groupId_participantId: key };
  const known = await tx.probe.findUnique({ where, select: { sha256: true, labels: true } });
  const { cluster } = await tx.membership.findUniqueOrThrow({ where });
  if (known !== null && sent.labels.every((label) => known.labels.includes(label)))
    return { sha256: known.sha256, cluster };
  await tx.probe.upsert({ where, create: { ...key, ...sent }, update: sent });
  await tx.membership.update({ where, data: { awaitsProbe: false } });
  const detail = { sha256: sent.sha256, labels: sent.labels.length };
  await audit(tx, { kind: 'probe-received', groupId, participantId, detail });
  const version = checkpointVersion!;
  const { labels, sha256 } = sent;
  if (cluster !== null) {
    await promiseRows(tx, { groupId, version }, [{ labels, before: cluster, cluster }]);
    return { sha256, cluster };
  }
  const round = await lockLive(tx, groupId);
  if (round === null) return { sha256, cluster: null };
  const at = { groupId, round, version };
  return {
    sha256,
    cluster: await place(tx, at, { participantId, labels, settings: settingsOf({ settings }) }),
  };
}

/** The number of the round that collects, which doesn't begin to aggregate before this transaction ends; null where none does. */
async function lockLive(tx: Transaction, groupId: string): Promise<number | null> {
  const [live] = await tx.$queryRaw<{ number: number }[]>`
    SELECT "number" FROM "Round" WHERE "groupId" = ${groupId} AND "state" = 'collecting' FOR NO KEY UPDATE`;
  return live?.number ?? null;
}

interface Newcomer {
  readonly participantId: string;
  readonly labels: readonly string[];
  readonly settings: TaskSettings;
}

/** Nobody else moves while a round is under way: it goes to the cluster that it is like, or is one by itself where there is room. */
async function place(
  tx: Transaction,
  { groupId, round, version }: { readonly groupId: string; readonly round: number; readonly version: number },
  { participantId, labels, settings }: Newcomer,
): Promise<number> {
  const members = await readMembers(tx, groupId);
  const units = standing(members);
  const clusters = new Map(units.map((unit) => [unit.cluster!, unit]));
  const cosines = await cosinesWith(tx, groupId, participantId, clusters);
  const room = roomForClusters(settings, members, await tx.cluster.count({ where: { groupId } }));
  const found = nearestCluster(cosines, { always: clustersOf(settings) === 'fixed' || room <= 0 });
  const cluster = found ?? (await nextClusterNumber(tx, groupId));
  if (found === null) await tx.cluster.create({ data: { groupId, number: cluster } });
  const where = { groupId_participantId: { groupId, participantId } };
  await tx.membership.update({ where, data: { cluster } });
  await promiseRows(tx, { groupId, version }, [{ labels, before: null, cluster }]);
  await noteClustering(tx, { groupId, round, moved: 0, cause: 'a member came' });
  return cluster;
}
