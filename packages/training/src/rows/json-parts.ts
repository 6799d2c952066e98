// The parts of a text of JSON as they are written, in order: keys, numbers, and where objects and lists begin and end.
// JSON.parse tells neither how a number was spelled nor which keys came first or twice.

export type JsonPart =
  | { readonly kind: 'open'; readonly of: 'object' | 'list' }
  | { readonly kind: 'close' }
  | { readonly kind: 'key' | 'number'; readonly text: string };

/** `json`: valid JSON. Numbers come as they are spelled. */
export function* jsonParts(json: string): Generator<JsonPart> {
  const levels: ('object' | 'list')[] = [];
  let expectsKey = false;
  for (let at = 0; at < json.length; at += 1) {
    const sign = json[at]!;
    if (sign === '"') {
      const end = closingQuote(json, at);
      if (expectsKey) yield { kind: 'key', text: JSON.parse(json.slice(at, end + 1)) as string };
      expectsKey = false;
      at = end;
    } else if (sign === '{' || sign === '[') {
      const of = sign === '{' ? 'object' : 'list';
      levels.push(of);
      expectsKey = of === 'object';
      yield { kind: 'open', of };
    } else if (sign === '}' || sign === ']') {
      levels.pop();
      expectsKey = false;
      yield { kind: 'close' };
    } else if (sign === ',') {
      expectsKey = levels.at(-1) === 'object';
    } else if (sign === '-' || (sign >= '0' && sign <= '9')) {
      const text = numberAt(json, at);
      yield { kind: 'number', text };
      at += text.length - 1;
    }
  }
}

function numberAt(json: string, from: number): string {
  let end = from + 1;
  while (end < json.length && '0123456789.eE+-'.includes(json[end]!)) end += 1;
  return json.slice(from, end);
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
