// What may stand next in a command line, out of the commands themselves: their names, flags, the choices of a flag, and the groups and
// profiles that are remembered. Where nothing is known the shell completes files. What the shells do with it is shell-scripts.ts.
import type { Argument, Command, Option } from 'commander';

export interface Candidate {
  readonly word: string;
  /** A few words about it. */
  readonly about: string;
}

/** What is remembered. */
export interface KnownNames {
  readonly groups: readonly string[];
  readonly profiles: readonly string[];
}

/** `words`: those behind `colora`, of which the last is being typed (perhaps empty). */
export function completionsOf(program: Command, words: readonly string[], known: KnownNames): Candidate[] {
  const typed = words.at(-1) ?? '';
  const { command, awaited, place } = readLine(program, words.slice(0, -1));
  const found = awaited === null ? nextOf(command, typed, place, known) : valuesOf(awaited, known);
  return found.filter(({ word }) => word.startsWith(typed));
}

interface Line {
  readonly command: Command;
  /** The flag whose value is next. */
  readonly awaited: Option | null;
  /** How many of the command's arguments are there. */
  readonly place: number;
}

function readLine(program: Command, before: readonly string[]): Line {
  let command = program;
  let awaited: Option | null = null;
  let place = 0;
  for (const word of before) {
    if (awaited !== null) awaited = null;
    else if (word.startsWith('-')) awaited = valueFlag(command, word);
    else {
      const child = command.commands.find((one) => one.name() === word);
      if (child === undefined) place += 1;
      else command = child;
    }
  }
  return { command, awaited, place };
}

function valueFlag(command: Command, word: string): Option | null {
  const option = command.options.find(({ long, short }) => word === long || word === short);
  return option?.required ? option : null; // one whose value may be left out is done
}

function nextOf(command: Command, typed: string, place: number, known: KnownNames): Candidate[] {
  if (typed.startsWith('-')) return flagsOf(command);
  const children = command.commands.map((child) => ({ word: child.name(), about: firstWords(child) }));
  if (children.length > 0) return children;
  const argument = command.registeredArguments[place] ?? command.registeredArguments.at(-1);
  return argument === undefined ? [] : valuesOf(argument, known, command);
}

function flagsOf(command: Command): Candidate[] {
  const help = { word: '--help', about: 'print help' };
  const flags = command.options.flatMap(({ long, description, hidden }) =>
    long == null || hidden ? [] : [{ word: long, about: description }],
  );
  return [...flags, ...(flags.some(({ word }) => word === help.word) ? [] : [help])];
}

function valuesOf(place: Option | Argument, known: KnownNames, command?: Command): Candidate[] {
  const { argChoices } = place;
  if (argChoices !== undefined) return argChoices.map((word) => ({ word, about: '' }));
  const name = 'long' in place ? place.long : place.name();
  if (name === '--group' || name === 'group') return known.groups.map((word) => ({ word, about: 'group' }));
  const isProfile = name === '--profile' || command?.parent?.name() === 'profiles';
  return isProfile ? known.profiles.map((word) => ({ word, about: 'profile' })) : [];
}

const firstWords = (command: Command) => command.summary() || command.description();
