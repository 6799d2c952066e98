// What an admin says of a group's clusters: who belongs together, done when the next round opens; what they are called and
// who decides, done at once.

import { clustersOf } from '@colora/protocol/clusters/cluster-settings';
import type { ClustersChange } from '@colora/protocol/clusters/clusters';
import { ProblemError } from '@colora/protocol/problems';
import { DbNull } from '@prisma/client/runtime/client'; // the generated client may not be there yet
import { findGroup } from '../access/find-group.ts';
import { changedSettings, settingsOf } from '../access/stored-settings.ts';
import { audit } from '../audit.ts';
import type { Context } from '../context.ts';
import { type PlacedMember, readMembers } from '../grouping/group-members.ts';
import { lockGroup } from '../grouping/regroup-members.ts';
import type { Call, Result } from '../http/call.ts';
import type { Transaction } from '../sql/transaction.ts';
import { viewClusters } from './show-clusters.ts';

export async function changeClusters(
  context: Context,
  { params, body, caller }: Call<'changeClusters'>,
): Promise<Result<'changeClusters'>> {
  const { id: groupId, name } = await findGroup(context, params.group);
  await context.db.$transaction(async (tx) => {
    await lockGroup(tx, groupId);
    const group = await tx.taskGroup.findUniqueOrThrow({ where: { id: groupId } });
    const settings = settingsOf(group);
    if (clustersOf(settings) === 'off') throw withoutClusters(name);
    const mode = body.mode ?? (body.clusters === undefined ? undefined : 'fixed');
    if (mode !== undefined) {
      const data = changedSettings(group, ({ task, ...rest }) => ({
        ...rest,
        task: { ...task, clusters: mode } as typeof task,
      }));
      await tx.taskGroup.update({ where: { id: groupId }, data });
    }
    for (const named of body.names ?? []) await rename(tx, groupId, name, named);
    if (body.clusters !== undefined) {
      const wantedClusters = idsOf(body.clusters, await readMembers(tx, groupId));
      await tx.taskGroup.update({ where: { id: groupId }, data: { wantedClusters } });
    } else if (body.mode !== undefined) {
      // who decides is said anew: what waited was said before
      await tx.taskGroup.update({ where: { id: groupId }, data: { wantedClusters: DbNull } });
    }
    const detail = {
      ...(mode === undefined ? {} : { mode }),
      ...(body.clusters === undefined ? {} : { clusters: body.clusters.length }),
      ...(body.names === undefined ? {} : { named: body.names.length }),
    };
    await audit(tx, { kind: 'clusters-said', by: caller, groupId, detail });
  });
  context.nudge(groupId);
  return viewClusters(context, await findGroup(context, params.group));
}

function withoutClusters(name: string): ProblemError {
  const message = `${name} has no clusters, and a group doesn’t get any later: create another one with clusters auto or fixed`;
  return new ProblemError('wrong-group-state', message);
}

async function rename(
  tx: Pick<Transaction, 'cluster' | 'membership'>,
  groupId: string,
  group: string,
  { cluster: number, name }: NonNullable<ClustersChange['names']>[number],
): Promise<void> {
  if (name !== null) await assertOwnName(tx, groupId, number, name);
  const { count } = await tx.cluster.updateMany({ where: { groupId, number }, data: { name } });
  if (count === 0) throw new ProblemError('invalid-request', `names: ${group} has no cluster ${number}`);
}

/** Where clusters are named, a number or a name does: no name may pass for another one's. */
async function assertOwnName(
  tx: Pick<Transaction, 'cluster' | 'membership'>,
  groupId: string,
  number: number,
  name: string,
): Promise<void> {
  if (/^\p{Nd}+$/u.test(name))
    throw new ProblemError('invalid-request', `names: ${name} would pass for a cluster’s number`);
  const namesakes = await tx.cluster.findMany({ where: { groupId, name, number: { not: number } } });
  const inUse = { groupId, endedAt: null, cluster: { in: namesakes.map((one) => one.number) } };
  const taken = await tx.membership.findFirst({ where: inUse });
  if (taken !== null)
    throw new ProblemError('invalid-request', `names: cluster ${taken.cluster} is called ${name} already`);
}

/** Every placed member exactly once: what an admin forgot would be done to somebody otherwise. Who isn't placed goes where it fits best. */
function idsOf(clusters: readonly (readonly string[])[], members: readonly PlacedMember[]): string[][] {
  const byName = new Map(members.map(({ name, participantId }) => [name, participantId]));
  const said = clusters.flat();
  const all = new Set(said);
  const unknown = said.find((name) => !byName.has(name));
  if (unknown !== undefined)
    throw new ProblemError('invalid-request', `clusters: ${unknown} is no member that has sent its probe`);
  const twice = said.find((name, at) => said.indexOf(name) !== at);
  if (twice !== undefined) throw new ProblemError('invalid-request', `clusters: ${twice} is in two of them`);
  const missing = members.find(({ name, cluster }) => cluster !== null && !all.has(name));
  if (missing !== undefined)
    throw new ProblemError('invalid-request', `clusters: say where ${missing.name} belongs too`);
  return clusters.map((names) => names.map((name) => byName.get(name)!));
}
