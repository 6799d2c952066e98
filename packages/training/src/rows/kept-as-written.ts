// What a chat template prints of tools and their calls is learnt to the letter, and JavaScript keeps some values of JSON
// otherwise than Python, whose programs wrote the template: 1.0 as 1, digits beyond 2^53 as others, and keys that look like
// numbers before all others. Such values are found here before they are learnt.
import { DataError, type DataPlace } from '../training-error.ts';
import { jsonParts } from './json-parts.ts';

/** Throws DataError with the cure where printedOtherwise finds something; by default anywhere in `json`. */
export function assertKept(json: string, place: DataPlace, isWanted?: (key: string) => boolean): void {
  const found = printedOtherwise(json, isWanted);
  if (found === null) return;
  throw new DataError(
    place,
    `tools or their calls hold ${found}, so that another text would be learnt: write the arguments as one text of JSON, in quotes, as OpenAI's format has them`,
  );
}

/**
 * In words, what of `json` would be printed otherwise than Python prints it (json.loads, then json.dumps); null where nothing.
 * `json`: valid JSON. Of the outermost object only what stands under keys that `isWanted` counts.
 */
export function printedOtherwise(json: string, isWanted?: (key: string) => boolean): string | null {
  const levels: { largest: number; hasOthers: boolean }[] = [];
  let wanted = isWanted === undefined;
  for (const part of jsonParts(json)) {
    if (part.kind === 'open') levels.push({ largest: -1, hasOthers: false });
    if (part.kind === 'close') levels.pop();
    if (part.kind === 'key' && levels.length === 1) wanted = isWanted?.(part.text) ?? true;
    if (!wanted) continue;
    if (part.kind === 'number' && !isKept(part.text))
      return 'a number that would be printed otherwise (as 1.0 is as 1, and one of more than 15 digits as another)';
    if (part.kind === 'key' && (isWanted === undefined || levels.length > 1)) {
      const level = levels.at(-1)!;
      if (!isIndex(part.text)) level.hasOthers = true;
      else if (level.hasOthers || Number(part.text) < level.largest)
        return 'keys that look like numbers and would be printed in another order';
      else level.largest = Number(part.text);
    }
  }
  return null;
}

/** Whether JavaScript prints the number as Python does. */
function isKept(text: string): boolean {
  const value = Number(text);
  if (!/[.eE]/.test(text)) return Number.isSafeInteger(value);
  if (!Number.isFinite(value) || Number.isInteger(value)) return false;
  return Math.abs(value) >= 1e-4; // below, Python writes an exponent
}

/** Keys that an object of JavaScript puts first, in the order of their numbers. */
const isIndex = (key: string) => /^(0|[1-9]\d{0,9})$/.test(key) && Number(key) < 2 ** 32 - 1;
