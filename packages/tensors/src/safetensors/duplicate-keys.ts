// Finds a key that an object of a JSON text holds twice, which JSON.parse drops in silence.
// Not a validator: the text must have passed JSON.parse.

/** The first key repeated within one object of `json` (compared after unescaping), or undefined. */
export function findDuplicateKey(json: string): string | undefined {
  const open: (Set<string> | undefined)[] = []; // keys seen in each open object; undefined for an array
  let position = 0;
  while (position < json.length) {
    const character = json.charCodeAt(position);
    if (character === quote) {
      const end = closingQuote(json, position);
      const keys = open.at(-1);
      if (keys !== undefined && isKey(json, end + 1)) {
        const key = keyText(json.slice(position, end + 1));
        if (keys.has(key)) return key;
        keys.add(key);
      }
      position = end;
    } else if (character === openBrace) open.push(new Set());
    else if (character === openBracket) open.push(undefined);
    else if (character === closeBrace || character === closeBracket) open.pop();
    position += 1;
  }
  return undefined;
}

const quote = 0x22;
const backslash = 0x5c;
const colon = 0x3a;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;

/** A quote is escaped by an odd number of backslashes before it. */
function closingQuote(json: string, start: number): number {
  let end = json.indexOf('"', start + 1);
  for (;;) {
    let before = end - 1;
    while (json.charCodeAt(before) === backslash) before -= 1;
    if ((end - before) % 2 === 1) return end;
    end = json.indexOf('"', end + 1);
  }
}

/** In valid JSON a string is a key exactly when a colon follows it. */
function isKey(json: string, after: number): boolean {
  let position = after;
  while (isSpace(json.charCodeAt(position))) position += 1;
  return json.charCodeAt(position) === colon;
}

function isSpace(character: number): boolean {
  return character === 0x20 || character === 0x0a || character === 0x0d || character === 0x09;
}

function keyText(literal: string): string {
  return literal.includes('\\') ? (JSON.parse(literal) as string) : literal.slice(1, -1);
}
