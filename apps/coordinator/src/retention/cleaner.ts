// Cleans up now and then, one coordinator at a time: who has the lease does. What is deleted is in clean-up.ts.
import type { Context } from '../context.ts';
import { cleanUp } from './clean-up.ts';

interface Cleaner {
  start(context: Context): void;
  /** Waits for the batch under way. */
  stop(): Promise<void>;
}

const everyMs = 60_000;

export function createCleaner(): Cleaner {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | null = null;
  let stopped = false;
  const run = async (context: Context): Promise<void> => {
    try {
      if (!context.watch.isAnswering || !(await takeLease(context))) return;
      const done = await cleanUp(context, new Date(), () => stopped);
      if (Object.values(done).some((count) => count > 0)) context.log.info(done, 'cleaned up');
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

/** For the time until the next turn: whoever comes meanwhile leaves it alone. Cleaning twice would harm nobody. */
async function takeLease({ db, instance }: Pick<Context, 'db' | 'instance'>): Promise<boolean> {
  const until = new Date(Date.now() + everyMs);
  const taken = await db.$executeRaw`
    INSERT INTO "Lease" ("name", "holder", "until") VALUES ('clean-up', ${instance}, ${until})
    ON CONFLICT ("name") DO UPDATE SET "holder" = ${instance}, "until" = ${until}
    WHERE "Lease"."until" <= ${new Date()} OR "Lease"."holder" = ${instance}`;
  return taken === 1;
}
