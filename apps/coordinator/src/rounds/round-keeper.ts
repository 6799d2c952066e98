// Keeps rounds moving: looks at a group when nudged, and at all that are due each second (deadlines,
// leases of closers that died, members other coordinators saw). One look a group at a time.
import type { Context } from '../context.ts';
import { apartFromRequests } from '../log/request-ids.ts';
import { keepPresence } from '../presence/presence.ts';
import { closeRound } from './closing/close-round.ts';
import { findDueGroups } from './due-groups.ts';
import { advanceMasked, failMasked } from './masked/advance-masked.ts';
import { takeNextSettings } from './next-settings.ts';
import { giveUpQuorum, openRound, retryRound } from './open-round.ts';
import { type KnownSituation, readSituation } from './read-situation.ts';
import { nextStep, type Step } from './round-states.ts';
import { stopGroup } from './stop-group.ts';

export interface RoundKeeper {
  nudge(groupId: string): void;
  /** For what may come by the hundred: looks at once, then not again within `soonMs`, at whose end one look serves all. */
  nudgeSoon(groupId: string): void;
  start(context: Context): void;
  /** Waits for the looks under way. */
  stop(): Promise<void>;
}

const tickMs = 1_000;
const soonMs = 100;
const presenceMs = 10_000;

export function createRoundKeeper(): RoundKeeper {
  const looking = new Map<string, { again: boolean; done: Promise<void> }>();
  const soon = new Map<string, { again: boolean; timer: NodeJS.Timeout }>();
  let context: Context | null = null;
  let timers: NodeJS.Timeout[] = [];
  let ticking: Promise<void> | null = null;

  const nudge = (groupId: string): void => {
    if (context === null) return;
    const current = looking.get(groupId);
    if (current !== undefined) {
      current.again = true;
      return;
    }
    const entry = { again: false, done: Promise.resolve() };
    looking.set(groupId, entry);
    const known = context;
    const begin = () => look(known, groupId, entry).finally(() => looking.delete(groupId));
    entry.done = apartFromRequests(() => known.tracing.apart(begin));
  };
  const nudgeSoon = (groupId: string): void => {
    if (context === null) return;
    const known = soon.get(groupId);
    if (known !== undefined) {
      known.again = true;
      return;
    }
    const over = () => {
      soon.delete(groupId);
      if (entry.again) nudgeSoon(groupId);
    };
    const entry = { again: false, timer: setTimeout(over, soonMs) };
    soon.set(groupId, entry);
    nudge(groupId);
  };
  const look = async (known: Context, groupId: string, entry: { again: boolean }): Promise<void> => {
    do {
      entry.again = false;
      await keepGroup(known, groupId).catch((error: unknown) => {
        if (!known.watch.note(error))
          known.log.error({ err: error, taskGroupId: groupId }, 'could not move the round on; trying again');
      });
    } while (entry.again && context !== null);
  };
  const tick = async (known: Context): Promise<void> => {
    if (!known.watch.isAnswering) return;
    for (const groupId of await findDueGroups(known)) nudge(groupId);
  };
  return {
    nudge,
    nudgeSoon,
    start(given) {
      context = given;
      const complain = (error: unknown) => {
        if (!given.watch.note(error)) given.log.error({ err: error }, 'the round keeper failed a turn');
      };
      const run = (work: (known: Context) => Promise<void>) => () => {
        ticking ??= work(given)
          .catch(complain)
          .finally(() => {
            ticking = null;
          });
      };
      run(tick)();
      timers = [
        setInterval(run(tick), tickMs),
        setInterval(() => given.watch.isAnswering && keepPresence(given).catch(complain), presenceMs),
      ];
    },
    async stop() {
      for (const timer of timers) clearInterval(timer);
      for (const { timer } of soon.values()) clearTimeout(timer);
      context = null;
      await ticking;
      await Promise.all([...looking.values()].map(({ done }) => done));
    },
  };
}

/** Takes step after step until there is none to take. */
export async function keepGroup(context: Context, groupId: string): Promise<void> {
  for (;;) {
    const situation = await readSituation(context, groupId);
    if (situation === null) return;
    const isToRenew = situation.roundId === null && situation.hasNextSettings;
    const moved = isToRenew
      ? await takeNextSettings(context, situation)
      : await take(nextStep(situation, situation.now), context, situation);
    if (!moved) return;
  }
}

async function take(step: Step, context: Context, situation: KnownSituation): Promise<boolean> {
  switch (step) {
    case 'wait':
      return false;
    case 'open':
      return openRound(context, situation);
    case 'retry':
      return retryRound(context, situation);
    case 'stop':
      return stopGroup(context, situation);
    case 'pause':
      return giveUpQuorum(context, situation);
    case 'close':
      return closeRound(context, situation);
    case 'advance':
      return advanceMasked(context, situation);
    case 'fail':
      return failMasked(context, situation);
  }
}
