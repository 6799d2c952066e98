// The manifest of a checkpoint, written in the transaction that makes the checkpoint count: what it was made of, signed with the
// coordinator's key, naming the manifest before. What it says is protocol/proofs/manifest.ts; who reads it, groups/manifest-handlers.ts.
import { canonicalJson } from '@colora/protocol/proofs/canonical-json';
import { type Manifest, manifestForm, manifestHash } from '@colora/protocol/proofs/manifest';
import { entryHash } from '@colora/protocol/proofs/manifest-entry';
import type { Signer } from '@colora/protocol/proofs/signatures';
import { sha256Hex } from '@colora/protocol/sha256';
import type { TaskSettings } from '@colora/protocol/task-settings';
import type { CheckpointPlan } from '../checkpoints/checkpoint-plan.ts';
import type { StagedCheckpoint } from '../checkpoints/stored-checkpoint.ts';
import type { TaskGroupModel } from '../generated/prisma/models.ts';
import type { Transaction } from '../sql/transaction.ts';
import { countedEntries, leftOutEntries, type NewEntry } from './manifest-entries.ts';

/** The checkpoint that another came of. */
export interface BaseCheckpoint {
  readonly version: number;
  readonly checkpoint: string;
  readonly optimizer: string | null;
}

interface MadeCheckpoint {
  readonly group: Pick<TaskGroupModel, 'id' | 'name' | 'createdAt'>;
  readonly version: number;
  readonly settings: TaskSettings;
  readonly files: StagedCheckpoint;
  readonly made: Manifest['made'];
  /** Null of an upload. */
  readonly base: BaseCheckpoint | null;
  /** That made it; null of others. */
  readonly round: { readonly id: string; readonly number: number; readonly normLimit: number | null } | null;
  readonly members: number;
  /** By a tensor, to move in the round; null of others. */
  readonly needed: number | null;
  readonly added: Manifest['added'];
}

/** Tensors that the next checkpoint has beside those of its base. */
export function addedOf({ tensors, starts }: CheckpointPlan): Manifest['added'] {
  return tensors
    .filter(({ name }) => starts.has(name))
    .map(({ name, shape }) => [name, [...shape], starts.get(name) ?? null]);
}

/** The group's row is held, or nobody else can make a checkpoint of this version. */
export async function writeManifest(tx: Transaction, signer: Signer, made: MadeCheckpoint): Promise<void> {
  const { group, version, round, files, base } = made;
  const groupId = group.id;
  const before = await tx.manifest.findUnique({
    where: { groupId_version: { groupId, version: version - 1 } },
  });
  const through = round?.number ?? (await lastRound(tx, groupId));
  const span = { groupId, through, roundId: round?.id ?? null, at: before?.createdAt ?? new Date() };
  const counted = round === null ? [] : await countedEntries(tx, round.id);
  const leftOut = await leftOutEntries(tx, { ...span, since: before?.through ?? through - 1 });
  const settings = canonicalJson(made.settings);
  const text = manifestForm.write({
    group: group.name,
    groupCreatedAt: group.createdAt.toISOString(),
    version,
    before: before === null ? null : manifestHash(before.text),
    begins: before !== null ? null : version === 0 ? 'first' : 'upgrade',
    made: made.made,
    at: new Date().toISOString(),
    checkpoint: files.tensors.sha256,
    download: files.download?.sha256 ?? null,
    optimizer: files.optimizerState?.sha256 ?? null,
    settings: sha256Hex(settings),
    base: base?.version ?? null,
    baseCheckpoint: base?.checkpoint ?? null,
    baseOptimizer: base?.optimizer ?? null,
    round: round?.number ?? null,
    normLimit: round?.normLimit ?? null,
    needed: made.needed,
    members: made.members,
    added: made.added,
    counted: counted.map((entry) => entryHash(entry.text)),
    leftOut: leftOut.map((entry) => entryHash(entry.text)),
    through,
  });
  const signed = { text, key: signer.publicKey, signature: signer.sign(text) };
  const data = { sha256: sha256Hex(settings), text: settings };
  await tx.groupSettings.createMany({ data, skipDuplicates: true });
  await tx.manifest.create({ data: { groupId, version, ...signed, through, settings: data.sha256 } });
  const rowsOf = (entries: readonly NewEntry[], isCounted: boolean) =>
    entries.map((entry, at) => ({ groupId, version, isCounted, at, ...entry }));
  await tx.manifestEntry.createMany({ data: [...rowsOf(counted, true), ...rowsOf(leftOut, false)] });
}

async function lastRound(tx: Transaction, groupId: string): Promise<number> {
  const { _max } = await tx.round.aggregate({ where: { groupId }, _max: { number: true } });
  return _max.number ?? 0;
}
