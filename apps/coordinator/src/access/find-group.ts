// Finding a task group by name, and whether the caller may look inside. Who may not is told what he is told of a name that no
// group has.
import type { Context } from '../context.ts';
import type { TaskGroupModel } from '../generated/prisma/models.ts';
import type { Caller } from '../keys/key-ring.ts';
import { unknownGroup } from '../refusals.ts';

export async function findGroup({ db }: Pick<Context, 'db'>, name: string): Promise<TaskGroupModel> {
  const group = await db.taskGroup.findUnique({ where: { name } });
  if (group === null) throw unknownGroup(name);
  return group;
}

/** The group, if the caller is a member or watches over it. */
export async function findGroupFor(
  { db }: Pick<Context, 'db'>,
  name: string,
  { participantId }: Pick<Caller, 'participantId'>,
): Promise<TaskGroupModel> {
  if (participantId === null) return findGroup({ db }, name);
  const group = await db.taskGroup.findUnique({
    where: { name },
    include: { memberships: { where: { participantId, endedAt: null } } },
  });
  if (group === null || group.memberships.length === 0) throw unknownGroup(name);
  return group;
}

/** Of groups: those that a caller is shown. Participants see their own and those that anybody may join. */
export function shownTo({ participantId, groups }: Pick<Caller, 'participantId' | 'groups'>) {
  return {
    ...(groups === null ? {} : { name: { in: [...groups] } }),
    ...(participantId === null
      ? {}
      : {
          OR: [{ access: 'open' as const }, { memberships: { some: { participantId, endedAt: null } } }],
        }),
  };
}
