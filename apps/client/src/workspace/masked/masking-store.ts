// What a member keeps for masked rounds, in one file that its owner alone can read: the keys that she made and handed in, and how
// far she is in the last round that she took part in. One rename moves all of it: a key that a round uses is no unused one any more.
// What may follow what is packages/privacy's member-steps.ts; nothing is sent before what belongs to it is here.
import type { Attempt } from '@colora/privacy/masking/member-steps';
import type { TaskGroup } from '@colora/protocol/entities';
import { z } from 'zod';
import { ClientError } from '../../client-error.ts';
import { writeAtomic } from '../atomic-file.ts';
import type { GroupPaths } from '../group-workspace.ts';
import { readIfThere } from '../read-if-there.ts';

const secret = z.string().regex(/^[0-9a-f]{64}$/);
const numbers = z.array(z.int().min(0)).readonly().nullable();

const attemptSchema = z.object({
  round: z.int(),
  attempt: z.int(),
  rosterText: z.string(),
  rosterHash: z.string(),
  maskingKey: secret,
  selfMask: secret,
  sealed: z.array(z.object({ to: z.int(), sealed: z.string() })).readonly(),
  vector: z.string().nullable().default(null), // of an attempt of before: none yet
  sharers: numbers,
  senders: numbers,
  reveals: z
    .array(z.object({ of: z.int(), what: z.enum(['self', 'key']), share: z.string() }))
    .readonly()
    .nullable(),
  refused: z.string().nullable(),
}) satisfies z.ZodType<Attempt>;

const stateSchema = z.object({
  /** The group that it is of, by when it was made: one made anew under the same name is another. */
  groupCreatedAt: z.string(),
  /** Private, as those below: 32 bytes of X25519 in hex. */
  sealingKey: secret,
  /** Of the next key that is made. */
  nextIndex: z.int().min(0),
  unused: z.array(z.object({ index: z.int(), key: secret })),
  attempt: attemptSchema.nullable(),
});
export type MaskingState = z.infer<typeof stateSchema>;

export interface MaskingStore {
  /** Null until keys are made. */
  readonly state: MaskingState | null;
  /** Durable when it returns. */
  keep(state: MaskingState): Promise<void>;
  /** Attempts, as `round/attempt`, that this daemon stays out of; what a later one is told of them it refuses again. */
  readonly refused: Set<string>;
  /** Something of hers was sent in a live round, and it can't end well without her: as last heard. */
  owes: boolean;
}

/** Null of a group without secure aggregation. Throws 'workspace-damaged' naming the file. */
export async function maskingOf(
  { masking: path }: GroupPaths,
  { settings, createdAt: groupCreatedAt }: Pick<TaskGroup, 'settings' | 'createdAt'>,
): Promise<MaskingStore | null> {
  if (settings.privacy.secureAggregation === undefined) return null;
  const kept = await readState(path);
  let state = kept?.groupCreatedAt === groupCreatedAt ? kept : null;
  return {
    get state() {
      return state;
    },
    refused: new Set(),
    owes: false,
    async keep(next) {
      await writeAtomic(path, `${JSON.stringify(next)}\n`);
      state = next;
    },
  };
}

async function readState(path: string): Promise<MaskingState | null> {
  const bytes = await readIfThere(path);
  if (bytes === null) return null;
  try {
    return stateSchema.parse(JSON.parse(bytes.toString()));
  } catch {
    throw new ClientError(
      'workspace-damaged',
      `${path} is damaged; restore it from a copy, or remove it once no round is under way: new keys are made then`,
    );
  }
}
