// All invariants of a run, from the clients' ledgers and one snapshot of the database.
import { sha256Hex } from '@colora/protocol/sha256';
import { type ClientLedger, checkLedgers } from './check-ledgers.ts';
import { checkVersions } from './check-versions.ts';
import {
  type ContributionRow,
  type Query,
  QueryFailed,
  type Records,
  readBlob,
  readRecords,
} from './record.ts';
import { type ReplayedRound, replayRound } from './replay.ts';
import { type MaskedForm, replayMasked } from './replay-masked.ts';

export interface Findings {
  readonly violations: readonly string[];
  readonly records: Records;
  /** Rounds replayed and blobs hashed this time. */
  readonly replayed: number;
  readonly hashed: number;
}

/**
 * `query` reads one snapshot, which begins with its first use. `known` holds what an earlier call has
 * replayed and hashed, and is added to; leave it out to check everything. `masked`: what members of masked groups give. Throws
 * QueryFailed.
 */
export async function findViolations(
  query: Query,
  readLedgers: () => readonly ClientLedger[],
  { known = new Set(), masked }: { readonly known?: Set<string>; readonly masked?: MaskedForm } = {},
): Promise<Findings> {
  const ledgers = readLedgers();
  const records = await readRecords(query);
  const violations = [...checkLedgers(ledgers, records, readLedgers()), ...checkVersions(records)];
  const before = known.size;
  const blobs = blobsOf(records).filter(({ blobId }) => !known.has(blobId));
  for (const blob of blobs) violations.push(...(await checkBlob(query, blob, known)));
  const rounds = committedRounds(records).filter(({ after }) => !known.has(`replayed ${after.blobId}`));
  for (const round of rounds) {
    const isMasked = round.group.settings.privacy.secureAggregation !== undefined;
    const replay =
      isMasked && masked !== undefined ? replayMasked(query, round, masked) : replayRound(query, round);
    violations.push(...(await replay.catch(asViolation)));
    known.add(`replayed ${round.after.blobId}`);
  }
  return { violations, records, replayed: rounds.length, hashed: known.size - before - rounds.length };
}

/** What is stored can't be replayed; a database that went away in between is no finding. */
function asViolation(error: Error): string[] {
  if (error instanceof QueryFailed) throw error;
  return [`replay failed: ${error.message}`];
}

function blobsOf({ contributions, checkpoints }: Records): { blobId: string; what: string }[] {
  return [
    ...contributions.map(({ blobId, participant }) => ({ blobId, what: `a contribution of ${participant}` })),
    ...checkpoints.map(({ blobId, version }) => ({ blobId, what: `checkpoint ${version}` })),
    ...checkpoints.flatMap(({ optimizerBlobId, version }) =>
      optimizerBlobId === null ? [] : [{ blobId: optimizerBlobId, what: `the optimizer's state ${version}` }],
    ),
  ];
}

async function checkBlob(
  query: Query,
  { blobId, what }: { blobId: string; what: string },
  known: Set<string>,
): Promise<string[]> {
  const [row] = await query<{ sha256: string; bytes: number }>(
    `SELECT "sha256", "bytes" FROM "Blob" WHERE "id" = $1`,
    [blobId],
  );
  const bytes = await readBlob(query, blobId);
  known.add(blobId);
  const sha256 = sha256Hex(bytes);
  if (row?.sha256 === sha256 && Number(row.bytes) === bytes.length) return [];
  return [`${what}: its bytes (${bytes.length}) do not have the hash or length that name them`];
}

function committedRounds({
  groups,
  rounds,
  contributions,
  checkpoints,
  clusterRows,
}: Records): ReplayedRound[] {
  const byRound = new Map<string, ContributionRow[]>();
  for (const one of contributions) byRound.set(one.roundId, [...(byRound.get(one.roundId) ?? []), one]);
  const byVersion = new Map(checkpoints.map((one) => [`${one.groupId}/${one.version}`, one]));
  return rounds.flatMap(({ id, groupId, state, version, number, members, verdicts }) => {
    const group = groups.find((one) => one.id === groupId);
    const before = byVersion.get(`${groupId}/${version}`);
    const after = byVersion.get(`${groupId}/${version + 1}`);
    if (state !== 'committed' || group === undefined || before === undefined || after === undefined)
      return [];
    const rows = clusterRows.filter((row) => row.groupId === groupId && row.version === version);
    const made = { verdicts, before, after, rows, contributions: byRound.get(id) ?? [] };
    return [{ group, number, members, ...made }];
  });
}
