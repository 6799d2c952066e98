// What a tokenizer.json may ask of the library that runs it: its patterns run in a backtracking engine, which aborts the whole process where
// one needs too many tries, and its replacements can make gigabytes of a word. Both are told from the file before it is opened.
import { ModelError } from '@colora/models/model-error';

/** A text may become so many times as long by what is replaced in it. */
const mostGrowth = 1000;

interface Replacement {
  readonly pattern: { readonly Regex?: string; readonly String?: string };
  readonly content: string;
}

/** Throws ModelError `bad-tokenizer` naming what is wrong; `described` is the file's JSON, of whatever form. */
export function assertBounded(path: string, described: unknown): void {
  const refused = (what: string) =>
    new ModelError(
      'bad-tokenizer',
      `${path} ${what}: it is not opened; take the model's files from its maker`,
    );
  const { normalizer, pre_tokenizer, decoder } = (described ?? {}) as Readonly<Record<string, unknown>>;
  for (const part of [normalizer, pre_tokenizer, decoder]) {
    let growth = 1;
    for (const node of nodesOf(part)) {
      const { Regex: pattern } = node as { readonly Regex?: unknown };
      if (typeof pattern === 'string' && mayExplode(pattern))
        throw refused(
          `has the pattern ${JSON.stringify(pattern.slice(0, 80))}, which may take for ever on a short text`,
        );
      if (isReplacement(node)) growth *= growthOf(node);
    }
    if (growth > mostGrowth) throw refused(`makes a text up to ${growth.toPrecision(2)} times as long`);
  }
}

/** All objects in it, however deep. */
function nodesOf(part: unknown): object[] {
  const found: object[] = [];
  const left: unknown[] = [part];
  while (left.length > 0) {
    const node = left.pop();
    if (typeof node !== 'object' || node === null) continue;
    found.push(node);
    left.push(...Object.values(node));
  }
  return found;
}

function isReplacement(node: object): node is Replacement {
  const { pattern, content } = node as Partial<Replacement>;
  return typeof pattern === 'object' && pattern !== null && typeof content === 'string';
}

function growthOf({ pattern, content }: Replacement): number {
  if (typeof pattern.String === 'string')
    return Math.max(1, content.length / Math.max(1, pattern.String.length));
  return 1 + content.length; // a pattern may match nothing, anywhere
}

/**
 * Can matching take exponentially many tries? Where a group is repeated without a bound that holds a choice, or a repetition of its own:
 * (a+)+, (a|a)*. No tokenizer in use has one. Back references, whose cost nobody can tell, count too.
 */
export function mayExplode(pattern: string): boolean {
  interface Group {
    /** A choice or an unbounded repetition is in it. */
    isRich: boolean;
  }
  const groups: Group[] = [];
  const bare = pattern
    .replace(/\\[1-9]|\\k</g, '\uE000')
    .replace(/\\./gs, 'x')
    .replace(/\[(?:[^[\]]|\[[^\]]*\])*\]/g, 'x');
  if (bare.includes('\uE000')) return true;
  let closed: Group | null = null;
  for (let at = 0; at < bare.length; at += 1) {
    const sign = bare[at]!;
    const outer = groups.at(-1);
    const isUnbounded = /^(?:[*+]|\{\d*,\})/.test(bare.slice(at, at + 12));
    if (isUnbounded && closed?.isRich) return true;
    if (isUnbounded || sign === '|') mark(outer);
    if (sign === '(') groups.push({ isRich: false });
    closed = sign === ')' ? (groups.pop() ?? null) : null;
    if (closed?.isRich) mark(groups.at(-1));
  }
  return false;
}

function mark(group: { isRich: boolean } | undefined): void {
  if (group !== undefined) group.isRich = true;
}
