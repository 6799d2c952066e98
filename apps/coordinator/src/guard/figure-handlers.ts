// Figures of members' verdicts over REST: a member tells its own, all members hear the group's, and those who run the group
// how many it helped. How they are put together is group-figures.ts.
import type { MemberFigures } from '@colora/protocol/guard/figures';
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

/** The means of the first so many are as sharp as anybody needs, and an answer stays cheap in the largest group. */
const mostReporters = 200;

export async function putFigures(
  context: Context,
  { params, body, caller }: Call<'putFigures'>,
): Promise<Result<'putFigures'>> {
  const participantId = participantOf(caller);
  const group = await findGroupFor(context, params.group, caller);
  assertUncovered(group);
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
  const [told, members] = await Promise.all([
    readTold(context, group),
    context.db.membership.count({ where: { groupId: group.id, endedAt: null } }),
  ]);
  const figures = groupFiguresOf(told.slice(0, mostReporters));
  const opinions = opinionsOf(told, figures);
  const count = (opinion: Opinion) => opinions.filter((one) => one === opinion).length;
  return {
    version: group.checkpointVersion,
    members,
    told: told.length,
    helped: count('helped'),
    noGainSeen: count('no-gain-seen'),
    tooEarly: count('too-early'),
    figures,
  };
}

async function figuresOf(
  context: Context,
  group: TaskGroupModel,
  { participantId }: Caller,
): Promise<Result<'showFigures'>> {
  const version = group.checkpointVersion;
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
