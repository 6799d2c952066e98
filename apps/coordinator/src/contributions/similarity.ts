// How alike the members' updates are, as advice for grouping: cosine similarity of each member's
// contributions summed over the first rounds whose bytes are kept. Different tasks show as blocks.
import { cosineSimilarity } from '@colora/aggregation/similarity';
import { ProblemError } from '@colora/protocol/problems';
import { add } from '@colora/tensors/arithmetic';
import type { Tensor, TensorMap } from '@colora/tensors/tensor';
import { decodeContribution } from '@colora/tensors/wire/wire-file';
import { findGroup } from '../access/find-group.ts';
import { findCheckpoint } from '../checkpoints/stored-checkpoint.ts';
import type { Context } from '../context.ts';
import type { Call, Result } from '../http/call.ts';

/** Whose bytes retention has left. */
const kept = { blob: { chunks: { some: {} } } };

export async function similarity(
  context: Context,
  { params, query }: Call<'similarity'>,
): Promise<Result<'similarity'>> {
  const { id: groupId, checkpointVersion, isMasked, name } = await findGroup(context, params.group);
  if (isMasked)
    throw new ProblemError(
      'wrong-group-state',
      `what the members of ${name} send is masked: nobody can compare it`,
    );
  const rounds = await context.db.round.findMany({
    where: { groupId, state: 'committed', contributions: { some: kept } },
    orderBy: { number: 'asc' },
    take: query.rounds,
    select: { id: true, number: true },
  });
  const numbers = rounds.map(({ number }) => number);
  const before = { groupId, state: 'committed' as const, number: { lte: numbers.at(-1) ?? 0 } };
  const emptied = (await context.db.round.count({ where: before })) - numbers.length;
  const contributions = await context.db.contribution.findMany({
    where: { roundId: { in: rounds.map(({ id }) => id) }, ...kept },
    include: { blob: true, participant: { select: { name: true } } },
    orderBy: [{ participant: { name: 'asc' } }, { roundId: 'asc' }],
  });
  // every checkpoint of a group has the names and shapes of those before it, in their order
  const schema =
    checkpointVersion === null ? new Map() : await readSchema(context, groupId, checkpointVersion);
  const sums = new Map<string, TensorMap>();
  for (const { blob, participant } of contributions) {
    const tensors = withSuffix(
      decodeContribution(await context.blobs.read(blob), schema).tensors,
      query.suffix,
    );
    const sum = sums.get(participant.name);
    sums.set(participant.name, sum === undefined ? tensors : merge(sum, tensors));
  }
  const { names, matrix } = cosineSimilarity(sums);
  return { participants: [...names], matrix: matrix.map((row) => [...row]), rounds: numbers, emptied };
}

async function readSchema(context: Context, groupId: string, version: number) {
  const { tensors } = await context.plans.read((await findCheckpoint(context.db, groupId, version)).blob);
  return new Map(tensors.map(({ name, shape }) => [name, { shape }]));
}

function withSuffix(tensors: TensorMap, suffix: string): TensorMap {
  return new Map([...tensors].filter(([name]) => name.endsWith(suffix)));
}

/** Sum by name; a tensor only one of them has stays as it is. */
function merge(left: TensorMap, right: TensorMap): TensorMap {
  const sum = new Map<string, Tensor>(left);
  for (const [name, tensor] of right) {
    const known = left.get(name);
    const both = known === undefined ? null : add(new Map([[name, known]]), new Map([[name, tensor]]));
    sum.set(name, both?.get(name) ?? tensor);
  }
  return sum;
}
