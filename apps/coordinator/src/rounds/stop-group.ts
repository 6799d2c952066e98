// Completing a group that gets no better, with its best checkpoint named, or whose privacy budget is spent. Who judges that is
// early-stop.ts and privacy/ledger.ts.
import { audit } from '../audit.ts';
import type { Context } from '../context.ts';
import { spentReason } from '../privacy/ledger.ts';
import type { KnownSituation } from './read-situation.ts';

/** False when it runs no more, or nothing was reported. */
export async function stopGroup(context: Context, situation: KnownSituation): Promise<boolean> {
  const why = situation.isStopped ? noBetter(situation) : budgetSpent(situation);
  return why !== null && (await complete(context, situation, why));
}

interface Ending {
  readonly endedReason: string;
  /** Of the best checkpoint, where that is known. */
  readonly version: number | null;
}

function budgetSpent({ budget }: KnownSituation): Ending | null {
  return budget?.isSpent ? { endedReason: spentReason(budget), version: null } : null;
}

function noBetter({ settings, verdict }: KnownSituation): Ending | null {
  const { earlyStop } = settings.rounds;
  if (verdict?.best == null || earlyStop === undefined) return null;
  const { version, median } = verdict.best;
  const { metric, patience } = earlyStop;
  const endedReason = `early stop: ${metric} was best at checkpoint ${version} (${median.toPrecision(4)}), and no better in the ${patience} reports after it`;
  return { endedReason, version };
}

async function complete(
  context: Context,
  { groupId, groupName }: KnownSituation,
  { endedReason, version }: Ending,
): Promise<boolean> {
  const stopped = await context.db.$transaction(async (tx) => {
    const where = { id: groupId, state: 'running' as const };
    const best = version === null ? {} : { bestVersion: version };
    const data = { state: 'completed' as const, endedReason, ...best };
    if ((await tx.taskGroup.updateMany({ where, data })).count === 0) return false;
    await audit(tx, {
      kind: 'group-completed',
      groupId,
      detail: { reason: endedReason, ...(version === null ? {} : { version }) },
    });
    return true;
  });
  if (!stopped) return false;
  context.log.info({ taskGroupId: groupId, version }, endedReason);
  context.hints.tell(groupId, 'group:changed', { group: groupName, state: 'completed' });
  return true;
}
