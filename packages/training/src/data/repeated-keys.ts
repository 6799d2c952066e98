// Finds a key that an object of JSON names twice: JSON.parse keeps the last one and says nothing. Nothing is parsed here.
import { jsonParts } from '../rows/json-parts.ts';

/**
 * The first key that is named twice by one object of `json`, or null. `json`: one valid JSON object. Of the outermost
 * object only keys that `isWanted` counts, and what stands under these.
 */
export function repeatedKey(json: string, isWanted: (key: string) => boolean): string | null {
  const levels: Set<string>[] = [];
  let wanted = true; // what stands under the last key of the outermost object
  for (const part of jsonParts(json)) {
    if (part.kind === 'open') levels.push(new Set());
    if (part.kind === 'close') levels.pop();
    if (part.kind !== 'key') continue;
    if (levels.length === 1) wanted = isWanted(part.text);
    const keys = levels.at(-1)!;
    if (wanted && keys.has(part.text)) return part.text;
    keys.add(part.text);
  }
  return null;
}
