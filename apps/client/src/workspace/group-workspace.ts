// The folder of one group in a workspace: what lies where, and group.json, the copy of the group's
// settings that lets `export` and `predict` work without the coordinator.
import { join } from 'node:path';
import { parseJson } from '@colora/protocol/api-client';
import { placeSchema } from '@colora/protocol/clusters/clusters';
import { checkpointSchema } from '@colora/protocol/entities';
import { taskSettingsSchema } from '@colora/protocol/task-settings';
import { z } from 'zod';
import { ClientError } from '../client-error.ts';
import { writeAtomic } from './atomic-file.ts';
import { groupFolder } from './group-folder.ts';
import { readIfThere } from './read-if-there.ts';

export interface GroupPaths {
  readonly group: string;
  readonly folder: string;
  readonly personal: string;
  /** That random choices in training are drawn from. */
  readonly trainingSecret: string;
  /** The arm trained alone, and what one's own examples said. */
  readonly alone: string;
  readonly guard: string;
  /** Of a language model: one trained without the examples of this fold. */
  aloneFold(fold: number): string;
  /** That its probe was sent. */
  readonly probe: string;
  /** What was told of how long a step takes. */
  readonly stepTime: string;
  /** What this member spent of her privacy, as she counts it. */
  readonly spending: string;
  /** What its trainer is at, while something lasts. */
  readonly work: string;
  readonly groupFile: string;
  /** What its owner agreed to. */
  readonly consent: string;
  readonly baseModelFile: string;
  /** How many bytes passed today, where its owner limits them. */
  readonly traffic: string;
  /** Up to which round another workspace's contributions are known of. */
  readonly elsewhere: string;
  /** Keys of masked rounds and how far the last one is; what its training came to, before any mask. */
  readonly masking: string;
  readonly maskedVector: string;
  readonly outbox: string;
  /** The coordinator's, for contributions that it accepted. */
  readonly receipts: string;
  readonly checkpoints: string;
}

export function groupPaths(workspace: string, group: string): GroupPaths {
  const folder = groupFolder(workspace, group);
  return {
    group,
    folder,
    personal: join(folder, 'personal.safetensors'),
    trainingSecret: join(folder, 'training-secret'),
    alone: join(folder, 'alone.safetensors'),
    guard: join(folder, 'guard.json'),
    aloneFold: (fold) => join(folder, `alone-fold-${fold}.safetensors`),
    probe: join(folder, 'probe.json'),
    stepTime: join(folder, 'told-step-time.json'),
    spending: join(folder, 'spending.json'),
    work: join(folder, 'work.json'),
    groupFile: join(folder, 'group.json'),
    consent: join(folder, 'consent.json'),
    baseModelFile: join(folder, 'base-model.json'),
    traffic: join(folder, 'traffic.json'),
    elsewhere: join(folder, 'elsewhere.json'),
    masking: join(folder, 'masking.json'),
    maskedVector: join(folder, 'masked-vector'),
    outbox: join(folder, 'outbox'),
    receipts: join(folder, 'receipts.jsonl'),
    checkpoints: join(folder, 'checkpoints'),
  };
}

const knownGroupSchema = z.object({
  name: z.string(),
  createdAt: z.string(),
  settings: taskSettingsSchema,
  /** The labels of this member's own examples: those it can predict. Empty where the task has none. */
  labels: z.array(z.string()),
  /** Names the examples that it last took part with; null where an earlier version wrote the file. */
  data: z.string().nullable().default(null),
  /** The checkpoint last downloaded, in checkpoints/<sha256>.safetensors. */
  checkpoint: checkpointSchema.nullable(),
  /** Whose head rows of it are this member's; null where the group has no clusters. */
  place: placeSchema.nullable().default(null),
});
export type KnownGroup = z.infer<typeof knownGroupSchema>;

export async function keepGroup(paths: GroupPaths, group: KnownGroup): Promise<void> {
  await writeAtomic(paths.groupFile, `${JSON.stringify(knownGroupSchema.parse(group), null, 2)}\n`);
}

/** What the workspace knows of the group; null when it never joined it. Throws 'workspace-damaged', 'workspace-mismatch'. */
export async function readGroup(paths: GroupPaths): Promise<KnownGroup | null> {
  const bytes = await readIfThere(paths.groupFile);
  if (bytes === null) return null;
  const known = knownGroupSchema.safeParse(parseJson(bytes.toString()));
  if (!known.success) {
    throw new ClientError(
      'workspace-damaged',
      `${paths.groupFile} is damaged; join the group again to renew it`,
    );
  }
  assertSameGroup(paths, known.data.name);
  return known.data;
}

/**
 * Throws 'workspace-mismatch' where the folder holds another group: one whose name this file system takes for the same. What is
 * damaged otherwise is renewed by joining.
 */
export async function assertOwnFolder(paths: GroupPaths): Promise<void> {
  const bytes = await readIfThere(paths.groupFile);
  const known = z.object({ name: z.string() }).safeParse(parseJson(bytes?.toString() ?? ''));
  if (known.success) assertSameGroup(paths, known.data.name);
}

function assertSameGroup({ group, folder }: GroupPaths, name: string): void {
  if (name === group) return;
  throw new ClientError(
    'workspace-mismatch',
    `${folder} holds the group ${name}, which this disk can't tell from ${group}; use another workspace for ${group}`,
  );
}
