// At the end: what this member's own examples say about training together, how its predictions are mixed, and the verdict.
// Everything of it is computed and kept on this machine; what of it is told to the group is hear-group.ts's.
import type { Place } from '@colora/protocol/clusters/clusters';
import { scale } from '@colora/tensors/arithmetic';
import type { TensorMap } from '@colora/tensors/tensor';
import { seenBy } from '@colora/training/collaboration/cluster-view';
import { isBlended } from '@colora/training/collaboration/guarded-groups';
import { leaveMeOut } from '@colora/training/collaboration/own-account';
import { judge } from '@colora/training/collaboration/verdict';
import { fewestExamples, ownLeftOut } from '../guard/language-guard.ts';
import { foundWith } from '../guard/own-figures.ts';
import type { Session } from '../session/open-session.ts';
import { type GuardReport, keepGuard, readGuard } from '../workspace/guard-store.ts';

/** A checkpoint, and where this member belongs in it. */
export interface JudgedCheckpoint {
  readonly checkpoint: TensorMap;
  readonly version: number;
  readonly place: Place | null;
}

/** Null where the group's kind has no guard. The account is settled for this checkpoint. */
export async function judgeOwn(session: Session, judged: JudgedCheckpoint): Promise<GuardReport | null> {
  const { account, alone, paths, group, options, work } = session;
  if (account === null || alone === null) return null;
  const known = await readGuard(paths.guard);
  const { data } = alone;
  const { version } = judged;
  const mark = { groupCreatedAt: group.createdAt, version, data };
  const isDone = known?.groupCreatedAt === mark.groupCreatedAt && known.version === version;
  if (!alone.done())
    session.log(
      'info',
      'trains what is left of the model trained alone, to see whether training together helped',
    );
  while (!alone.done()) await alone.trainOn(work, options.signal);
  if (isDone && known.data === data && known.found !== null) return known;
  const report: GuardReport = { ...mark, ...(await findOut(session, judged, options.signal)) };
  await keepGuard(paths.guard, report);
  return report;
}

/** The account is settled for this checkpoint, and the arm trained alone is done. Rejects with the signal's reason once it aborts. */
export async function findOut(
  { account, learner, language, group, work }: Session,
  { checkpoint, place }: Omit<JudgedCheckpoint, 'version'>,
  signal: AbortSignal,
): Promise<Pick<GuardReport, 'found' | 'why'>> {
  if (account === null || account.lost !== null) return { found: null, why: account?.lost ?? null };
  if (account.open.length > 0)
    return { found: null, why: 'a contribution is still on its way; join again once the group is completed' };
  const own = new Map([...account.applied, ...account.standing]);
  if (isBlended(group.settings)) {
    if (language === null) return { found: null, why: `it takes ${fewestExamples} examples to tell` };
    const without = leaveMeOut(checkpoint, scale(own, ownLeftOut));
    const told = await language.findOut(without, work, signal);
    return { found: foundWith({ ...told, labels: null, blended: true }, null), why: null };
  }
  const judging = () => learner.evidence({ shared: seenBy(place, leaveMeOut(checkpoint, own)) });
  const evidence = await work.during({ what: 'judging by its own examples' }, judging, signal);
  const logLikelihoods = evidence.logLikelihoods.map((arms) => [...arms]);
  const { labels } = learner.summary;
  const told = {
    logLikelihoods,
    labels: labels.length,
    verdict: judge(evidence, labels.length),
    blended: false,
  };
  return { found: foundWith(told, null), why: null };
}
