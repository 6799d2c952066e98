// `GET /v1/groups/:g/explain`: why a group is where it is. Whoever watches over it is told names; a member its own alone.
import { findGroupFor } from '../../access/find-group.ts';
import type { Context } from '../../context.ts';
import type { Call, Result } from '../../http/call.ts';
import { unknownGroup } from '../../refusals.ts';
import { readSituation } from '../read-situation.ts';
import { nextStep } from '../round-states.ts';
import { explain } from './explain.ts';
import { readFacts } from './read-facts.ts';

export async function explainGroup(
  context: Context,
  { params, caller }: Call<'explainGroup'>,
): Promise<Result<'explainGroup'>> {
  const { id } = await findGroupFor(context, params.group, caller);
  const situation = await readSituation(context, id);
  if (situation === null) throw unknownGroup(params.group);
  const facts = await readFacts(context.db, situation, caller.participantId);
  return {
    group: situation.groupName,
    state: situation.group.state,
    at: situation.now.toISOString(),
    step: nextStep(situation, situation.now),
    reasons: explain(situation, facts),
  };
}
