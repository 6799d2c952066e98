// Finding a task group by name, and whether the caller may look inside.
import type { Context } from '../context.ts';
import type { TaskGroupModel } from '../generated/prisma/models.ts';
import type { Caller } from '../keys/key-ring.ts';
import { notAMember, unknownGroup } from './refusals.ts';

export async function findGroup({ db }: Pick<Context, 'db'>, name: string): Promise<TaskGroupModel> {
  const group = await db.taskGroup.findUnique({ where: { name } });
  if (group === null) throw unknownGroup(name);
  return group;
}

/** The group, if the caller is a member or watches over it. */
export async function findGroupFor(context: Context, name: string, caller: Caller): Promise<TaskGroupModel> {
  const group = await findGroup(context, name);
  if (caller.participantId !== null) await requireMember(context, group, caller.participantId);
  return group;
}

async function requireMember({ db }: Context, group: TaskGroupModel, participantId: string): Promise<void> {
  const key = { groupId: group.id, participantId };
  const membership = await db.membership.findUnique({ where: { groupId_participantId: key } });
  if (membership === null) throw notAMember(group.name);
}
