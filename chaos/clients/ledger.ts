// A client's own account of what it sent and what it was told: one JSON line an event, written before a
// contribution is sent and after it is answered. It shares nothing with the coordinator's records.
import { closeSync, existsSync, openSync, readFileSync, writeSync } from 'node:fs';

interface About {
  readonly group: string;
  readonly round: number;
  readonly sha256: string;
}

export type LedgerEntry =
  /** `rows`: of its cluster, where there are clusters: they follow from what the coordinator told, and from nothing else. */
  | ({ readonly kind: 'sending'; readonly version: number; readonly rows?: readonly string[] } & About)
  /** `round` is where it counts: the round it was made for, or a later one where late ones are taken. */
  | ({ readonly kind: 'acknowledged'; readonly madeFor: number; readonly repeated: boolean } & About)
  /** The coordinator said no; nothing may have been kept, unless another attempt got in. */
  | ({ readonly kind: 'refused'; readonly code: string } & About)
  /** No answer came: it may or may not be in. */
  | ({ readonly kind: 'lost'; readonly reason: string } & About)
  /** Downloaded, and its bytes had this hash. */
  | { readonly kind: 'saw'; readonly group: string; readonly version: number; readonly sha256: string }
  /** Something that must never be. */
  | { readonly kind: 'wrong'; readonly group: string; readonly what: string };

export interface Ledger {
  readonly entries: readonly LedgerEntry[];
  write(entry: LedgerEntry): void;
  close(): void;
}

/** Opens a ledger with what it holds; a line torn by the writer's death is ended first. */
export function openLedger(path: string): Ledger {
  const entries = existsSync(path) ? readLedger(path) : [];
  const torn = existsSync(path) && !/(^|\n)$/.test(readFileSync(path, 'utf8'));
  const file = openSync(path, 'a');
  if (torn) writeSync(file, '\n');
  return {
    entries,
    write(entry) {
      entries.push(entry);
      writeSync(file, `${JSON.stringify(entry)}\n`);
    },
    close: () => closeSync(file),
  };
}

/** What has been written whole. */
export function readLedger(path: string): LedgerEntry[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .flatMap((line) => {
      try {
        return line === '' ? [] : [JSON.parse(line) as LedgerEntry];
      } catch {
        return []; // torn by kill -9
      }
    });
}
