// Finds a key that an object of JSON names twice: JSON.parse keeps the last one and says nothing. Nothing is parsed here.

interface Level {
  /** Null in a list. */
  readonly keys: Set<string> | null;
  /** What it stands in is asked about. */
  readonly counts: boolean;
}

/**
 * The first key that is named twice by one object of `json`, or null. `json`: one valid JSON object. Of the outermost
 * object only keys that `isWanted` counts, and what stands under these.
 */
export function repeatedKey(json: string, isWanted: (key: string) => boolean): string | null {
  const levels: Level[] = [];
  let wanted = true; // what stands under the last key
  let expectsKey = false;
  for (let at = 0; at < json.length; at += 1) {
    const sign = json[at];
    const level = levels.at(-1);
    if (sign === '"') {
      const end = closingQuote(json, at);
      if (expectsKey && level?.keys != null) {
        const key = JSON.parse(json.slice(at, end + 1)) as string;
        if (levels.length === 1) wanted = isWanted(key);
        if (level.counts && wanted && level.keys.has(key)) return key;
        level.keys.add(key);
        expectsKey = false;
      }
      at = end;
    } else if (sign === '{' || sign === '[') {
      levels.push({ keys: sign === '{' ? new Set() : null, counts: wanted });
      expectsKey = sign === '{';
    } else if (sign === '}' || sign === ']') {
      levels.pop();
      expectsKey = false;
    } else if (sign === ',') {
      expectsKey = level?.keys != null;
    }
  }
  return null;
}

/** `from`: the quote that opens. */
function closingQuote(json: string, from: number): number {
  for (let at = json.indexOf('"', from + 1); at >= 0; at = json.indexOf('"', at + 1)) {
    let escapes = 0;
    while (json[at - 1 - escapes] === '\\') escapes += 1;
    if (escapes % 2 === 0) return at;
  }
  return json.length;
}
