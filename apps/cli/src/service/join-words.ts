// The words of a command line that are `colora join`'s, where one flag is the service's own.
import type { Command } from 'commander';

/** `words`: of `command`, as they were typed. Without the flag `long` and its value. */
export function withoutFlag(words: readonly string[], command: Command, long: string): string[] {
  const kept: string[] = [];
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at]!;
    if (word === '--') return [...kept, ...words.slice(at)];
    const option = command.options.find((one) => one.long === word || one.short === word);
    const hasValue =
      option?.required === true || (option?.optional === true && /^[^-]/.test(words[at + 1] ?? '-'));
    const taken = words.slice(at, at + (hasValue ? 2 : 1));
    if (option?.long !== long && !word.startsWith(`${long}=`)) kept.push(...taken);
    at += taken.length - 1;
  }
  return kept;
}
