// What is stored for whom, in bytes, and what retention removes of it: the answer of GET /v1/storage. How long bytes are kept is
// said by a group's settings (task-settings.ts).
import { z } from 'zod';

/** Files of one kind: how many, and their bytes. */
const keptSchema = z.object({ count: z.int(), bytes: z.int() });
export type Kept = z.infer<typeof keptSchema>;

export const groupStorageSchema = z.object({
  group: z.string(),
  /** The tensors, and their copies in the group's download encoding. */
  checkpoints: keptSchema,
  optimizerStates: keptSchema,
  contributions: keptSchema,
  /** Of the audit trail: its rows about this group, with the links that chain them; bytes as its share of the tables. */
  events: keptSchema,
  /** All of these together. */
  bytes: z.int(),
  freeable: z.object({
    /** What the next clean-up, within a minute, removes. */
    soon: z.int(),
    /** What would go beyond that if the group's retention were the usual one. */
    byUsual: z.int(),
  }),
});
export type GroupStorage = z.infer<typeof groupStorageSchema>;

export const storageSchema = z.object({
  /** When it was counted: at most every half minute. */
  at: z.iso.datetime(),
  database: z.object({
    kind: z.enum(['postgres', 'pglite']),
    /** On its disk, with indexes, logs and space that waits to be used again. */
    bytes: z.int(),
    /** Of STORAGE_LIMIT; null where none is set. */
    limitBytes: z.int().nullable(),
    /** What is left: of the disk that the data folder is on, or up to the limit, whichever is less; null where neither is known. */
    freeBytes: z.int().nullable(),
    /** With less left than this, running groups are paused. */
    reserveBytes: z.int(),
    isShort: z.boolean(),
  }),
  groups: z.array(groupStorageSchema),
  /** Uploads under way, and what broken-off ones left: removed after some hours. */
  staged: keptSchema,
  /** The database's bytes beyond all above: rounds, figures, manifests, indexes, logs, and space that waits to be used again. */
  otherBytes: z.int(),
});
export type Storage = z.infer<typeof storageSchema>;
