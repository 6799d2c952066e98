// Pauses running groups before the database runs out of room, with the reason, and lets those go on once there is room again: a
// write that fails half-way is the database's trouble (503), and a file system without a byte left may be its end. How much is left is room.ts's.
import { settingsOf } from './access/stored-settings.ts';
import { audit } from './audit.ts';
import type { Context } from './context.ts';
import { noRoom, type RoomLeft, roomText } from './room/room.ts';
import { pauseFor } from './rounds/pause-group.ts';
import { giveTimeAgain } from './step-times.ts';

type Known = Pick<Context, 'db' | 'hints' | 'log' | 'room' | 'nudge'>;

interface RoomWatch {
  start(context: Context): void;
  stop(): Promise<void>;
}

const everyMs = 5_000;

export function createRoomWatch(): RoomWatch {
  let timer: NodeJS.Timeout | undefined;
  let looking: Promise<void> | null = null;
  const look = async (context: Context): Promise<void> => {
    try {
      if (context.watch.isAnswering) await watchRoom(context);
    } catch (error) {
      if (!context.watch.note(error))
        context.log.warn({ err: error }, 'could not look how much room is left; trying again');
    }
  };
  return {
    start(context) {
      const run = () => {
        looking ??= look(context).finally(() => {
          looking = null;
        });
      };
      run();
      timer = setInterval(run, everyMs);
      timer.unref();
    },
    async stop() {
      clearInterval(timer);
      await looking;
    },
  };
}

/** One look: several coordinators may take it, each move is a compare-and-set. */
export async function watchRoom(context: Known): Promise<RoomLeft> {
  const left = await context.room.read();
  if (left.isShort) await pauseAll(context, roomText(left));
  else await resumeAll(context);
  return left;
}

async function pauseAll(context: Known, reason: string): Promise<void> {
  for (const { id, name } of await context.db.taskGroup.findMany({ where: { state: 'running' } }))
    await pauseFor(context, { groupId: id, groupName: name }, reason, async () => true);
}

async function resumeAll(context: Known): Promise<void> {
  const { db, hints, log, nudge } = context;
  const waiting = { state: 'paused' as const, pausedReason: { startsWith: noRoom } };
  for (const group of await db.taskGroup.findMany({ where: waiting })) {
    const { id, name } = group;
    const resumed = await db.$transaction(async (tx) => {
      const data = { state: 'running' as const, pausedReason: null };
      const { count } = await tx.taskGroup.updateMany({ where: { id, ...waiting }, data });
      if (count === 0) return false;
      await audit(tx, { kind: 'group-started', groupId: id, detail: { reason: 'there is room again' } });
      return true;
    });
    if (!resumed) continue;
    await giveTimeAgain({ db }, { groupId: id, settings: settingsOf(group) });
    log.info({ taskGroupId: id }, 'there is room again: group goes on');
    hints.tell(id, 'group:changed', { group: name, state: 'running' });
    nudge(id);
  }
}
