// A probe arrives: checked, kept, and its member placed (grouping/place-newcomer.ts). The
// first probe of some labels counts: sending it again, or another one of them or of fewer, is answered the same way, so that
// nobody tries places out; a label more makes another one of it.
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
import { placeNow } from '../grouping/place-newcomer.ts';
import { promiseRows } from '../grouping/promise-rows.ts';
import { checkProbe } from '../grouping/read-probe.ts';
import { lockGroup } from '../grouping/regroup-members.ts';
import { rowShape } from '../grouping/row-plan.ts';
import type { Call, Result } from '../http/call.ts';
import { participantOf, unknownGroup } from '../refusals.ts';
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
  { id: groupId, name }: TaskGroupModel,
  participantId: string,
  sent: SentProbe,
): Promise<Result<'putProbe'>> {
  const group = await lockGroup(tx, groupId);
  const key = { groupId, participantId };
  const where = { groupId_participantId: key };
  const data = { awaitsProbe: false };
  const [member] = await tx.membership.updateManyAndReturn({ where: { ...key, endedAt: null }, data });
  if (member === undefined) throw unknownGroup(name); // it ended while the probe was on its way
  const known = await tx.probe.findUnique({ where, select: { sha256: true, labels: true } });
  const isKnown = known !== null && sent.labels.every((label) => known.labels.includes(label));
  const { sha256, labels } = isKnown ? known : sent;
  if (!isKnown) {
    await tx.probe.upsert({ where, create: { ...key, ...sent }, update: sent });
    const detail = { sha256, labels: labels.length };
    await audit(tx, { kind: 'probe-received', groupId, participantId, detail });
  }
  const { cluster } = member;
  const placing = { ...group, settings: settingsOf(group) };
  if (cluster === null) return { sha256, cluster: await placeNow(tx, placing, { participantId, labels }) };
  const version = group.checkpointVersion!;
  if (!isKnown) await promiseRows(tx, { groupId, version }, [{ labels, before: cluster, cluster }]);
  return { sha256, cluster };
}
