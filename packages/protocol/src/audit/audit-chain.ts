// Checking a chain of audit entries, wherever they come from: a coordinator, or a file it was exported to. The hashes are made
// by the database (prisma/migrations, audit_text); here they are made anew.
import { createHash } from 'node:crypto';
import type { AuditEntry } from './audit-entries.ts';

/** A link somebody kept elsewhere: nobody can change what came before it, or cut it off, and match it. */
export interface AuditHead {
  readonly seq: number;
  readonly hash: string;
}

/** sha256 (hex) over the fields in order, each as its length in bytes of UTF-8, a colon and its text, or as - where it is null. */
export function auditHash(entry: AuditEntry): string {
  const { seq, previous, id, at, kind, by, role, keyId, address } = entry;
  const { groupId, roundId, participantId, detail, before, after } = entry;
  const who = [by, role, keyId, address, groupId, roundId, participantId];
  const fields = [String(seq), previous, id, at, kind, ...who, detail, before, after];
  const text = fields.map((field) => (field === null ? '-' : `${Buffer.byteLength(field)}:${field}`));
  return createHash('sha256').update(text.join('\n')).digest('hex');
}

export interface CheckedTrail {
  readonly entries: number;
  /** The last link; null of an empty trail. */
  readonly head: AuditHead | null;
  /** What is wrong, twenty things at most; empty: the trail is whole. */
  readonly faults: readonly string[];
}

const mostFaults = 20;

/** Entries come from the first on. `heads`: links that were kept elsewhere. */
export async function checkTrail(
  entries: AsyncIterable<AuditEntry> | Iterable<AuditEntry>,
  heads: readonly AuditHead[] = [],
): Promise<CheckedTrail> {
  const faults: string[] = [];
  const say = (fault: string) => faults.length < mostFaults && faults.push(fault);
  let head: AuditHead | null = null;
  let count = 0;
  for await (const entry of entries) {
    count += 1;
    const wanted = (head?.seq ?? 0) + 1;
    if (entry.seq > wanted) say(`entries ${wanted} to ${entry.seq - 1} are missing`);
    if (entry.seq < wanted) say(`entry ${entry.seq} stands where ${wanted} belongs`);
    if (entry.previous !== (head?.hash ?? '')) say(`entry ${entry.seq} does not follow the one before it`);
    if (auditHash(entry) !== entry.hash) say(`entry ${entry.seq} was changed: it does not match its hash`);
    const kept = heads.find(({ seq }) => seq === entry.seq);
    if (kept !== undefined && kept.hash !== entry.hash)
      say(`entry ${entry.seq} is not the one that was kept elsewhere: the trail up to it was written anew`);
    head = { seq: entry.seq, hash: entry.hash };
  }
  for (const { seq } of heads)
    if (seq > (head?.seq ?? 0))
      say(`entry ${seq}, which was kept elsewhere, is not there: the end was cut off`);
  return { entries: count, head, faults };
}
