// A file of YAML or JSON as a value whose every part knows where it stands, bounded in bytes, depth and parts. What the value
// means is not known here.
import { readFile, stat } from 'node:fs/promises';
import { withFile } from '@colora/protocol/failures/file-problem';
import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, type YAMLError } from 'yaml';
import { UsageError } from '../usage-error.ts';

/** Ten thousand labels of a hundred letters fit. */
const mostBytes = 2 * 1024 * 1024;
const mostDepth = 8;
const mostParts = 50_000;

export interface PlacedValue {
  readonly value: unknown;
  /** `group.yaml:12:3`, of the field's value or name, or of the nearest one around it that is there. */
  placeOf(path: readonly PropertyKey[], of?: 'value' | 'name'): string;
}

/** Throws FileProblem, and UsageError that names line and column. */
export async function readYaml(path: string): Promise<PlacedValue> {
  const { size } = await withFile('read', path, () => stat(path));
  if (size > mostBytes) throw new UsageError(`${path}: has ${size} bytes, and at most ${mostBytes} are read`);
  const bytes = await withFile('read', path, () => readFile(path));
  try {
    return parseYaml(new TextDecoder('utf-8', { fatal: true }).decode(bytes), path);
  } catch (error) {
    if (error instanceof TypeError) throw new UsageError(`${path}: is not UTF-8`);
    throw error;
  }
}

/** `name`: of the file, for messages. Throws UsageError. */
export function parseYaml(text: string, name: string): PlacedValue {
  const lineCounter = new LineCounter();
  const at = (offset: number) => {
    const { line, col } = lineCounter.linePos(offset);
    return `${name}:${line}:${col}`;
  };
  const document = parseDocument(text, {
    lineCounter,
    prettyErrors: false,
    stringKeys: true,
    uniqueKeys: false,
  });
  const [wrong] = [...document.errors, ...document.warnings];
  if (wrong !== undefined) throw new UsageError(`${at(wrong.pos[0])}: ${wordsOf(wrong)}`);
  const root = document.contents;
  let parts = 0;
  const toValue = (node: Node | null, depth: number): unknown => {
    const where = at(node?.range?.[0] ?? 0);
    parts += 1;
    if (parts > mostParts) throw new UsageError(`${where}: more than ${mostParts} parts`);
    if (depth > mostDepth) throw tooDeep(where);
    if (isAlias(node)) throw new UsageError(`${where}: aliases (*name) aren’t taken: write it out`);
    if (isMap<Node, Node | null>(node)) {
      const fields = new Map<string, unknown>(); // the parser would look for twice-said ones in quadratic time
      for (const { key, value } of node.items) {
        const field = keyText(key);
        if (fields.has(field)) throw new UsageError(`${at(key.range?.[0] ?? 0)}: ${field}: ${saidTwice}`);
        fields.set(field, toValue(value, depth + 1));
      }
      return Object.fromEntries(fields);
    }
    if (isSeq<Node>(node)) return node.items.map((item) => toValue(item, depth + 1));
    return isScalar(node) ? node.value : null;
  };
  return {
    value: toValue(root, 0),
    placeOf: (path, of = 'value') => at(offsetOf(root, path, of)),
  };
}

const tooDeep = (where: string) => new UsageError(`${where}: nested deeper than ${mostDepth}`);

const keyText = (key: Node) => (isScalar(key) ? String(key.value) : '');

function offsetOf(root: Node | null, path: readonly PropertyKey[], of: 'value' | 'name'): number {
  let node = root;
  let offset = root?.range?.[0] ?? 0;
  for (const name of path) {
    if (isMap<Node, Node | null>(node)) {
      const pair = node.items.find(({ key }) => keyText(key) === name);
      if (pair === undefined) return offset;
      offset = pair.key.range?.[0] ?? offset;
      node = pair.value;
    } else if (isSeq<Node>(node)) {
      node = node.items[Number(name)] ?? null;
      offset = node?.range?.[0] ?? offset;
    } else return offset;
  }
  return of === 'value' && isScalar(node) ? (node.range?.[0] ?? offset) : offset;
}

const saidTwice = 'stands here a second time: keep one of them';

const known: Partial<Readonly<Record<YAMLError['code'], string>>> = {
  TAB_AS_INDENT: 'a tab indents this line: use spaces',
  MULTIPLE_DOCS: 'another document begins here (---): a file holds one',
  NON_STRING_KEY: 'a field’s name is a word: put it in quotes',
  RESOURCE_EXHAUSTION: `nested deeper than ${mostDepth}`,
  TAG_RESOLVE_FAILED: 'tags (!name) aren’t taken: leave it out',
};

function wordsOf({ code, message }: YAMLError): string {
  return known[code] ?? `is not YAML: ${message.split('\n')[0]}`;
}
