// Completing a group that gets no better, with its best checkpoint named. Who judges that is early-stop.ts.
import { audit } from '../audit.ts';
import type { Context } from '../context.ts';
import type { KnownSituation } from './read-situation.ts';

/** False when it runs no more, or nothing was reported. */
export async function stopEarly(context: Context, situation: KnownSituation): Promise<boolean> {
  const { groupId, groupName, settings, verdict } = situation;
  const { earlyStop } = settings.rounds;
  if (verdict?.best == null || earlyStop === undefined) return false;
  const { version, median } = verdict.best;
  const { metric, patience } = earlyStop;
  const endedReason = `early stop: ${metric} was best at checkpoint ${version} (${median.toPrecision(4)}), and no better in the ${patience} reports after it`;
  const stopped = await context.db.$transaction(async (tx) => {
    const where = { id: groupId, state: 'running' as const };
    const data = { state: 'completed' as const, endedReason, bestVersion: version };
    if ((await tx.taskGroup.updateMany({ where, data })).count === 0) return false;
    await audit(tx, { kind: 'group-completed', groupId, detail: { reason: endedReason, version } });
    return true;
  });
  if (!stopped) return false;
  context.log.info({ taskGroupId: groupId, version }, endedReason);
  context.hints.tell(groupId, 'group:changed', { group: groupName, state: 'completed' });
  return true;
}
