// Figures of members' verdicts over REST: a member tells its own, all members hear the group's, and those who run the group
// how many it helped. How they are put together is group-figures.ts.
import type { VerdictSums } from '@colora/privacy/rings/verdict-numbers';
import type { MemberFigures, VerdictCounts } from '@colora/protocol/guard/figures';
import type { Opinion } from '@colora/protocol/guard/opinion';
import { ProblemError } from '@colora/protocol/problems';
import { assertUncovered } from '../access/assert-uncovered.ts';
import { findGroup, findGroupFor } from '../access/find-group.ts';
import { audit } from '../audit.ts';
import type { Context } from '../context.ts';
import type { MemberFiguresModel, TaskGroupModel } from '../generated/prisma/models.ts';
import type { Call, Result } from '../http/call.ts';
import type { Caller } from '../keys/key-ring.ts';
import { participantOf } from '../refusals.ts';
import { readClock } from '../sql/database-clock.ts';
import type { Transaction } from '../sql/transaction.ts';
import { groupFiguresOf, opinionsOf } from './group-figures.ts';
import { figuresOfSums } from './summed-verdicts.ts';

/** The means of the first so many are as sharp as anybody needs, and an answer stays cheap in the largest group. */
const mostReporters = 200;

export async function putFigures(
  context: Context,
  { params, body, caller }: Call<'putFigures'>,
): Promise<Result<'putFigures'>> {
  const participantId = participantOf(caller);
  const group = await findGroupFor(context, params.group, caller);
  assertUncovered(group);
  assertClear(group);
  if (body.version !== group.checkpointVersion) {
    throw new ProblemError(
      'stale-version',
      `the figures are of checkpoint ${body.version}, and ${group.name} is at ${group.checkpointVersion ?? 'none'}; judge that one`,
    );
  }
  const told = { groupId: group.id, participantId };
  await context.db.$transaction(async (tx) => {
    await keepFigures(tx, { ...told, ...body });
    const { version } = body;
    await audit(tx, { kind: 'figures-told', by: caller, ...told, detail: { version } }); // never what they are
  });
  return await figuresOf(context, group, caller);
}

function assertClear({ name, isMasked }: TaskGroupModel): void {
  if (!isMasked) return;
  throw new ProblemError(
    'invalid-request',
    `${name} has secure aggregation: it takes nobody’s own figures, and sums them up under the mask where its settings say so`,
  );
}

/** In the place of what it told before. Telling other figures of the same checkpoint leaves its place in the order. */
async function keepFigures(
  db: Pick<Transaction, '$executeRaw'>,
  { groupId, participantId, version, shareOfCore, gain, standardError }: Omit<MemberFiguresModel, 'toldAt'>,
): Promise<void> {
  await db.$executeRaw`
    INSERT INTO "MemberFigures" AS told
      ("groupId", "participantId", "version", "shareOfCore", "gain", "standardError")
    VALUES (${groupId}, ${participantId}, ${version}, ${shareOfCore}, ${gain}, ${standardError})
    ON CONFLICT ("groupId", "participantId") DO UPDATE SET
      "version" = excluded."version", "shareOfCore" = excluded."shareOfCore",
      "gain" = excluded."gain", "standardError" = excluded."standardError",
      "toldAt" = CASE WHEN told."version" = excluded."version" THEN told."toldAt" ELSE excluded."toldAt" END`;
}

export async function showFigures(
  context: Context,
  { params, caller }: Call<'showFigures'>,
): Promise<Result<'showFigures'>> {
  return await figuresOf(context, await findGroupFor(context, params.group, caller), caller);
}

export async function countVerdicts(
  context: Context,
  { params }: Call<'countVerdicts'>,
): Promise<Result<'countVerdicts'>> {
  const group = await findGroup(context, params.group);
  const [counts, members] = await Promise.all([
    group.isMasked ? readSums(context, group).then(countSummed) : readTold(context, group).then(countTold),
    context.db.membership.count({ where: { groupId: group.id, endedAt: null } }),
  ]);
  return { version: group.checkpointVersion, members, ...counts };
}

type Counts = Omit<VerdictCounts, 'version' | 'members'>;

function countTold(told: readonly MemberFigures[]): Counts {
  const figures = groupFiguresOf(told.slice(0, mostReporters));
  const opinions = opinionsOf(told, figures);
  const count = (opinion: Opinion) => opinions.filter((one) => one === opinion).length;
  return { told: told.length, ...byOpinion(count), figures };
}

function countSummed(sums: VerdictSums | null): Counts {
  if (sums === null) return countTold([]);
  const { told, opinions } = sums;
  return { told, ...byOpinion((opinion) => opinions[opinion]), figures: figuresOfSums(sums) };
}

const byOpinion = (count: (opinion: Opinion) => number) => ({
  helped: count('helped'),
  noGainSeen: count('no-gain-seen'),
  tooEarly: count('too-early'),
});

async function figuresOf(
  context: Context,
  group: TaskGroupModel,
  { participantId }: Caller,
): Promise<Result<'showFigures'>> {
  const version = group.checkpointVersion;
  // all of a sum is told at once, by its round: nobody is awaited
  if (group.isMasked) {
    const { figures } = countSummed(await readSums(context, group));
    return { version, figures, awaited: 0 };
  }
  const now = await readClock(context.db);
  const [told, awaited] = await Promise.all([
    readTold(context, group, mostReporters),
    context.db.membership.count({
      where: {
        groupId: group.id,
        endedAt: null,
        onlineUntil: { gt: now },
        ...(participantId === null ? {} : { participantId: { not: participantId } }),
        ...(version === null ? {} : { OR: [{ figures: null }, { figures: { version: { not: version } } }] }),
      },
    }),
  ]);
  return { version, figures: groupFiguresOf(told), awaited };
}

/** Of the latest checkpoint, in the order of telling; who was revoked tells nothing any more. */
async function readTold(
  { db }: Pick<Context, 'db'>,
  { id: groupId, checkpointVersion }: TaskGroupModel,
  take?: number,
): Promise<MemberFigures[]> {
  if (checkpointVersion === null) return [];
  return await db.memberFigures.findMany({
    where: { groupId, version: checkpointVersion, membership: { endedAt: null } },
    orderBy: [{ toldAt: 'asc' }, { participantId: 'asc' }],
    ...(take === undefined ? {} : { take }),
  });
}

/** Of the round that made the latest checkpoint; null where its members told none, or no round made it. */
async function readSums(
  { db }: Pick<Context, 'db'>,
  { id: groupId, checkpointVersion }: TaskGroupModel,
): Promise<VerdictSums | null> {
  if (checkpointVersion === null) return null;
  const made = await db.round.findFirst({
    where: { groupId, state: 'committed', version: checkpointVersion - 1 },
    orderBy: { number: 'desc' },
    select: { verdicts: true },
  });
  return (made?.verdicts ?? null) as VerdictSums | null;
}
