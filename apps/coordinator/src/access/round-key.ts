// How a round is looked up by the number in an address, which may be larger than any that a database holds.
import { mostInteger } from '@colora/protocol/bounds/bounded';
import { unknownRound } from '../refusals.ts';

/** For `findUnique`. Throws unknown-round for a number that no round can have. */
export function roundKey(group: { readonly id: string; readonly name: string }, number: number) {
  if (number > mostInteger) throw unknownRound(group.name, number);
  return { groupId_number: { groupId: group.id, number } };
}
