// Cleans up now and then, one coordinator at a time: who has the lease does. What is deleted is in clean-up.ts, what the embedded
// database needs beside in embedded-upkeep.ts.
import type { Context } from '../context.ts';
import { cleanUp } from './clean-up.ts';
import { keepEmbedded, type Vacuum } from './embedded-upkeep.ts';

interface Cleaner {
  start(context: Context): void;
  /** Waits for the batch under way. */
  stop(): Promise<void>;
}

const everyMs = 60_000;

/** `vacuum`: of a database that nothing else vacuums. */
export function createCleaner(vacuum: Vacuum | undefined): Cleaner {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | null = null;
  let stopped = false;
  const run = async (context: Context): Promise<void> => {
    try {
      if (!context.watch.isAnswering || !(await takeLease(context))) return;
      const done = await cleanUp(context, new Date(), () => stopped);
      if (Object.values(done).some((count) => count > 0)) context.log.info(done, 'cleaned up');
      if (vacuum === undefined) return;
      const tables = await keepEmbedded(
        context.db,
        vacuum,
        () => isQuiet(context),
        () => stopped,
      );
      if (tables.length > 0) context.log.debug({ tables }, 'vacuumed');
    } catch (error) {
      if (!context.watch.note(error))
        context.log.warn({ err: error }, 'could not clean up; trying again later');
    }
  };
  return {
    start(context) {
      timer = setInterval(() => {
        running ??= run(context).finally(() => {
          running = null;
        });
      }, everyMs);
      timer.unref();
    },
    async stop() {
      stopped = true;
      clearInterval(timer);
      await running;
    },
  };
}

/** No group runs or is still closing a round: nobody waits for an answer that would come late. */
async function isQuiet({ db }: Pick<Context, 'db'>): Promise<boolean> {
  const live = { state: 'aggregating' as const };
  return (
    (await db.taskGroup.count({ where: { state: 'running' } })) + (await db.round.count({ where: live })) ===
    0
  );
}

/** For the time until the next turn: whoever comes meanwhile leaves it alone. Cleaning twice would harm nobody. */
async function takeLease({ db, instance }: Pick<Context, 'db' | 'instance'>): Promise<boolean> {
  const until = new Date(Date.now() + everyMs);
  const taken = await db.$executeRaw`
    INSERT INTO "Lease" ("name", "holder", "until") VALUES ('clean-up', ${instance}, ${until})
    ON CONFLICT ("name") DO UPDATE SET "holder" = ${instance}, "until" = ${until}
    WHERE "Lease"."until" <= ${new Date()} OR "Lease"."holder" = ${instance}`;
  return taken === 1;
}
