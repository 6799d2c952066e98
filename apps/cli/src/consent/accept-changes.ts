// Who agrees that a group asks more than before: a flag, or a person at the terminal when she joins; else nobody.
import type { AcceptChanges } from '@colora/client/consent/agree';
import type { AskYes } from './ask-yes.ts';

export function acceptChanges(flag: boolean, note: (line: string) => void, askYes: AskYes): AcceptChanges {
  return async (group, changes, when) => {
    const told = changes.map((change) => `${group} asks for more than you agreed to: ${change}`);
    if (!flag && when === 'joining') return (await askYes(told, `Do you agree, for ${group}?`)) === true;
    for (const line of told) note(line);
    return flag;
  };
}
