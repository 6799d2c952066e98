// If-Match (RFC 9110, 13.1.1) on changes of a group: who read a group and then changes it says what it read, and is refused where
// somebody else, or the coordinator itself, has changed it since. What counts as a change is the database's to say: a trigger counts
// the revisions of a group (prisma/migrations), of its settings, access and state.
import { ProblemError } from '@colora/protocol/problems';
import { viewGroup } from '../access/group-view.ts';
import { withFirst } from '../answers/first-in-transaction.ts';
import type { Context } from '../context.ts';
import type { KeyHolder } from '../keys/key-ring.ts';
import { unknownGroup } from '../refusals.ts';

/** Thrown inside the transaction, and told as a problem outside of it. */
class Changed extends Error {}

/** A revision as the header ETag says it. */
export const etagOf = (revision: number) => `"${revision}"`;

interface Asked {
  /** The header as it came. */
  readonly ifMatch: string | undefined;
  readonly group: string;
  readonly caller: KeyHolder;
}

/** Runs a change on the condition that the header states; throws changed-meanwhile, with what is there now. */
export async function ifMatching<Result>(
  context: Context,
  { ifMatch, group: name, caller }: Asked,
  change: (context: Context) => Promise<Result>,
): Promise<Result> {
  if (ifMatch === undefined || ifMatch.trim() === '*') return change(context);
  const wanted = ifMatch.split(',').map((tag) => tag.trim());
  const conditional = withFirst(context, async (tx) => {
    const [row] = await tx.$queryRaw<{ revision: number }[]>`
      SELECT "revision" FROM "TaskGroup" WHERE "name" = ${name} FOR UPDATE`;
    if (row !== undefined && !wanted.includes(etagOf(row.revision))) throw new Changed();
  });
  try {
    await assertStill(context, name, wanted);
    return await change(conditional);
  } catch (error) {
    if (!(error instanceof Changed)) throw error;
    throw await changedMeanwhile(context, name, caller);
  }
}

/** Before the use case too: one that finds nothing to change opens no transaction. */
async function assertStill({ db }: Context, name: string, wanted: readonly string[]): Promise<void> {
  const row = await db.taskGroup.findUnique({ where: { name }, select: { revision: true } });
  if (row !== null && !wanted.includes(etagOf(row.revision))) throw new Changed();
}

async function changedMeanwhile(context: Context, name: string, caller: KeyHolder): Promise<ProblemError> {
  const row = await context.db.taskGroup.findUnique({ where: { name } });
  if (row === null) return unknownGroup(name);
  const detail = `${name} was changed since you read it: it is at revision ${row.revision}; look at what is there now, and ask again with that`;
  return new ProblemError(
    'changed-meanwhile',
    detail,
    row.revision,
    await viewGroup(context, row, { ...caller, address: '' }),
  );
}
