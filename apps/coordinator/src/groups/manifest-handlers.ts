// Manifests over REST. Whoever may see a group's checkpoints may see its manifests; of their entries a member sees its own, and
// operators all. Files that they name and that are kept go to admins, each time with an event in the audit trail.
import { mostInteger } from '@colora/protocol/bounds/bounded';
import type { Unmasking } from '@colora/protocol/masking/unmasking';
import { ProblemError } from '@colora/protocol/problems';
import { manifestForm } from '@colora/protocol/proofs/manifest';
import { findGroup, findGroupFor } from '../access/find-group.ts';
import { audit } from '../audit.ts';
import type { Context } from '../context.ts';
import type { ManifestModel } from '../generated/prisma/models.ts';
import type { BytesResult, Call, Result } from '../http/call.ts';
import { readUnmasking } from '../masking/read-unmasking.ts';
import { byNumber, falling, rising } from '../paging/order.ts';
import { readPage } from '../paging/read-page.ts';

const viewManifest = ({ version, text, key, signature }: ManifestModel) => ({
  version,
  text,
  key,
  signature,
});

export async function listManifests(
  context: Context,
  { params, query, caller }: Call<'listManifests'>,
): Promise<Result<'listManifests'>> {
  const { id: groupId } = await findGroupFor(context, params.group, caller);
  const where = { groupId, version: { gte: query.from } };
  const { rows, ...turning } = await readPage(query, {
    name: 'listManifests',
    order: byNumber('version').oldest,
    find: ({ where: after, ...part }) =>
      context.db.manifest.findMany({ where: { AND: [where, after] }, ...part }),
    count: (take) => context.db.manifest.count({ where, take }),
  });
  return { items: rows.map(viewManifest), ...turning };
}

export async function showManifest(
  context: Context,
  { params, caller }: Call<'showManifest'>,
): Promise<Result<'showManifest'>> {
  const row = await findManifest(context, params, caller);
  const where = { sha256: row.settings };
  const { text } = await context.db.groupSettings.findUniqueOrThrow({ where });
  const unmasking = caller.participantId === null ? await unmaskingOf(context, row) : null;
  return { ...viewManifest(row), settings: text, unmasking };
}

/** Kept as long as the contributions' bytes. */
async function unmaskingOf({ db }: Context, { groupId, text }: ManifestModel): Promise<Unmasking | null> {
  const { round } = manifestForm.read(text) ?? { round: null };
  if (round === null) return null;
  const made = await db.round.findUnique({ where: { groupId_number: { groupId, number: round } } });
  const isKept = made !== null && (await db.maskedRound.count({ where: { roundId: made.id } })) > 0;
  return isKept ? await readUnmasking(db, made) : null;
}

const asListed = { name: 'listed', columns: [falling('isCounted', 'flag'), rising('at')] };

export async function listManifestEntries(
  context: Context,
  { params, query, caller }: Call<'listManifestEntries'>,
): Promise<Result<'listManifestEntries'>> {
  const { groupId, version } = await findManifest(context, params, caller);
  const { participantId } = caller;
  const where = { groupId, version, ...(participantId === null ? {} : { participantId }) };
  const { rows, ...turning } = await readPage(query, {
    name: 'listManifestEntries',
    order: asListed,
    find: ({ where: after, ...part }) =>
      context.db.manifestEntry.findMany({ where: { AND: [where, after] }, ...part }),
    count: (take) => context.db.manifestEntry.count({ where, take }),
  });
  const items = rows.map(({ isCounted, at, text }) => ({
    list: isCounted ? ('counted' as const) : ('leftOut' as const),
    at,
    text,
  }));
  return { items, ...turning };
}

async function findManifest(
  context: Context,
  { group: name, version }: { readonly group: string; readonly version: number },
  caller: Call<'showManifest'>['caller'],
): Promise<ManifestModel> {
  const group = await findGroupFor(context, name, caller);
  const key = { groupId_version: { groupId: group.id, version: Math.min(version, mostInteger) } };
  const row = await context.db.manifest.findUnique({ where: key });
  if (row !== null) return row;
  throw new ProblemError('unknown-checkpoint', `${name} has no manifest of a checkpoint ${version}`);
}

interface KeptFile {
  readonly id: string;
  readonly bytes: number;
  /** Whose contribution it is, in which round; null of checkpoints and the optimizer's states. */
  readonly participantId: string | null;
  readonly roundId: string | null;
}

/** Contributions, checkpoints and states of the server optimizer alike, by the sha256 that manifests have of them. */
export async function getKeptFile(context: Context, call: Call<'getKeptFile'>): Promise<BytesResult> {
  const { params, caller } = call;
  const { db, blobs } = context;
  const { sha256 } = params;
  const { id: groupId, name } = await findGroup(context, params.group);
  const [file] = await db.$queryRaw<KeptFile[]>`
    SELECT b."id", b."bytes", k."participantId", k."roundId" FROM "Blob" b
    LEFT JOIN ("Contribution" k JOIN "Round" r ON r."id" = k."roundId" AND r."groupId" = ${groupId})
      ON k."blobId" = b."id"
    WHERE b."sha256" = ${sha256} AND EXISTS (SELECT 1 FROM "BlobChunk" c WHERE c."blobId" = b."id")
      AND (k."blobId" IS NOT NULL OR EXISTS (SELECT 1 FROM "Checkpoint" c WHERE c."groupId" = ${groupId}
        AND b."id" IN (c."blobId", c."optimizerBlobId")))
    LIMIT 1`;
  if (file === undefined) {
    const detail = `${name} keeps no file ${sha256}: its bytes were removed (retention in the settings), or it never had it`;
    throw new ProblemError('unknown-checkpoint', detail);
  }
  const { participantId, roundId } = file;
  if (participantId !== null) {
    const whose = { groupId, roundId: roundId!, participantId, keyId: caller.keyId };
    await audit(db, { kind: 'contribution-read', ...whose, detail: { sha256 } });
  }
  const { bytes } = file;
  return { sha256, bytes, immutable: true, content: (from, to) => blobs.stream(file, from, to) };
}
