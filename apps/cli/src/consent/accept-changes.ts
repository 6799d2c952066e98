// Who agrees that a group asks more than before: a flag, or a person at the terminal when she joins; else nobody.
import type { AcceptChanges } from '@colora/client/consent/agree';
import { askYes } from './ask-yes.ts';

export function acceptChanges(
  flag: boolean,
  note: (line: string) => void,
  signal: AbortSignal,
): AcceptChanges {
  return async (group, changes, when) => {
    for (const change of changes) note(`${group} asks for more than you agreed to: ${change}`);
    if (flag) return true;
    return when === 'joining' && (await askYes('Do you agree?', signal)) === true;
  };
}
