// The lines of the list of what left this machine. A line is what left once, what is known later of such a line, or how often and how
// much of one kind left on a day that is long past. No key, no body, no text of an example has a place in them.
import { parseJson } from '@colora/protocol/api-client';
import { plain } from '@colora/protocol/bounds/bounded';
import { z } from 'zod';

const instant = z.iso.datetime();
const kind = plain(60);
const origin = plain(300);
const count = z.int().min(0);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

const entrySchema = z.strictObject({
  id: plain(40),
  /** Before its first byte left. */
  at: instant,
  kind,
  /** Scheme, host and port. */
  to: origin,
  /** Method and path. */
  what: plain(4000),
  /** Of the body: what left, or, of a process that was killed meanwhile, at most. */
  bytes: count,
  /** Of the body. */
  sha256: sha256.nullable(),
  /** Its body was kept: whole, or with keys and invitations blotted out. */
  kept: z.enum(['whole', 'blotted']).optional(),
});
export type SentEntry = z.infer<typeof entrySchema> & {
  /** The body that was to leave, where less of it did. */
  readonly announced?: string;
};

/** Fewer bytes left than the entry announced. */
const correctionSchema = z.strictObject({ of: plain(40), bytes: count, sha256 });

const countedSchema = z.strictObject({
  kind,
  to: origin,
  times: count.min(1),
  bytes: count,
  first: instant,
  last: instant,
});
export type Counted = z.infer<typeof countedSchema>;

const lineSchema = z.union([entrySchema, correctionSchema, countedSchema]);
export type SentLine = z.infer<typeof lineSchema>;

/** What lines say together. */
export interface SentLines {
  readonly entries: readonly SentEntry[];
  readonly counted: readonly Counted[];
  /** Lines that a crash of the machine cut short, or that somebody changed: they say nothing. */
  readonly torn: number;
}

/** Stands alone even after a line that was cut short. */
export const lineText = (line: SentLine) => `\n${JSON.stringify(line)}\n`;

export function readLines(text: string): SentLines {
  const entries = new Map<string, SentEntry>();
  const counted: Counted[] = [];
  let torn = 0;
  for (const one of text.split('\n')) {
    if (one === '') continue;
    const line = lineSchema.safeParse(parseJson(one)).data;
    if (line === undefined) torn += 1;
    else if ('times' in line) counted.push(line);
    else if ('id' in line) entries.set(line.id, line);
    else {
      const { of, bytes, sha256 } = line;
      const entry = entries.get(of);
      if (entry === undefined || entry.sha256 === null) continue;
      entries.set(of, { ...entry, bytes, sha256, announced: entry.announced ?? entry.sha256 });
    }
  }
  return { entries: [...entries.values()], counted, torn };
}
