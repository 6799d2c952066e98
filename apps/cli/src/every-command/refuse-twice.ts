// A flag that is given twice with two values: the first would be dropped in silence. Flags of which several are meant are
// read by `collect`, and the same value twice says nothing new.
import type { Command, Option } from 'commander';
import { isCollecting } from '../flags/option-values.ts';

/** Of every command below `program`; its options have to be there already. */
export function refuseTwice(program: Command): void {
  for (const option of program.options) if (takesOne(option)) refuse(program, option);
  for (const command of program.commands) refuseTwice(command);
}

const takesOne = (option: Option) =>
  (option.required || option.optional) && !option.variadic && !isCollecting(option.parseArg);

function refuse(command: Command, option: Option): void {
  let before: string | null | undefined;
  command.on(`option:${option.name()}`, (value: string | null) => {
    // the values themselves may be keys
    if (before !== undefined && before !== value)
      command.error(`error: option '${option.flags}' is given twice, with different values: give it once`);
    before = value;
  });
}
