// What a database takes on its disk, and what is left there: how it is asked, by its driver (database/database-usage.ts).

export interface DatabaseUsage {
  /** With indexes, logs and space that waits to be used again. */
  usedBytes(): Promise<number>;
  /** On its disk; null where that is another machine's. */
  diskFreeBytes(): Promise<number | null>;
}
