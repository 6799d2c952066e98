// The clients' ledgers against the database: what was acknowledged is there, once, with its bytes; what was
// refused is not; nothing is there that nobody sent; and all saw the same checkpoints.
import type { LedgerEntry } from '../clients/ledger.ts';
import type { Records } from './record.ts';

export interface ClientLedger {
  readonly client: string;
  readonly entries: readonly LedgerEntry[];
}

type Of<Kind extends LedgerEntry['kind']> = Extract<LedgerEntry, { kind: Kind }>;

/**
 * Violations in words; none when all is well. The ledgers were read before the records, and `later` after them: what was
 * acknowledged by then must be there, and what is there must have been sent by now.
 */
export function checkLedgers(
  ledgers: readonly ClientLedger[],
  records: Records,
  later: readonly ClientLedger[],
): string[] {
  const stored = indexContributions(records);
  return [
    ...ledgers.flatMap(({ client, entries }) => [
      ...of(entries, 'acknowledged').flatMap((one) => checkAcknowledged(client, one, stored)),
      ...of(entries, 'refused').flatMap((one) => checkRefused(client, one, entries, stored)),
      ...of(entries, 'wrong').map(({ group, what }) => `${client} in ${group}: ${what}`),
      ...of(entries, 'saw').flatMap((one) => checkSeen(client, one, records)),
    ]),
    ...checkSent(later, records),
    ...checkOnce(records),
  ];
}

function of<Kind extends LedgerEntry['kind']>(entries: readonly LedgerEntry[], kind: Kind): Of<Kind>[] {
  return entries.filter((one) => one.kind === kind) as Of<Kind>[];
}

interface Stored {
  /** group/round/client -> sha256 of what is stored there. */
  readonly places: ReadonlyMap<string, string>;
  readonly hashes: ReadonlySet<string>;
  /** client/sha256 of what is known to have been accepted, and counts nowhere. */
  readonly left: ReadonlySet<string>;
}

function indexContributions({ groups, rounds, contributions, left }: Records): Stored {
  const names = new Map(groups.map(({ id, name }) => [id, name]));
  const places = new Map(rounds.map(({ id, groupId, number }) => [id, `${names.get(groupId)}/${number}`]));
  const stored = contributions.map(
    ({ roundId, participant, sha256 }) => [`${places.get(roundId)}/${participant}`, sha256] as const,
  );
  return {
    places: new Map(stored),
    hashes: new Set(stored.map(([, sha256]) => sha256)),
    left: new Set(left.map(({ participant, sha256 }) => `${participant}/${sha256}`)),
  };
}

function checkAcknowledged(
  client: string,
  { group, round, sha256 }: Of<'acknowledged'>,
  stored: Stored,
): string[] {
  const there = stored.places.get(`${group}/${round}/${client}`);
  if (there === sha256 || stored.left.has(`${client}/${sha256}`)) return [];
  const instead =
    there === undefined ? 'is not in the database' : `is there with other bytes (${short(there)})`;
  return [`lost: ${client}'s ${short(sha256)} was acknowledged in round ${round} of ${group} and ${instead}`];
}

/** With a single attempt there is no other by which it may have got in. */
function checkRefused(
  client: string,
  { group, round, sha256, code }: Of<'refused'>,
  entries: readonly LedgerEntry[],
  stored: Stored,
): string[] {
  if (!stored.hashes.has(sha256)) return [];
  const attempts = of(entries, 'sending').filter((one) => one.sha256 === sha256).length;
  if (attempts > 1 && code !== 'not-finite') return [];
  return [`${client}'s ${short(sha256)} was refused (${code}) in round ${round} of ${group} and is stored`];
}

function checkSeen(client: string, { group, version, sha256 }: Of<'saw'>, records: Records): string[] {
  const groupId = records.groups.find(({ name }) => name === group)?.id;
  const there = records.checkpoints.find((one) => one.groupId === groupId && one.version === version);
  if (there?.sha256 === sha256) return [];
  const instead = there === undefined ? 'it is gone' : `it is ${short(there.sha256)} now`;
  return [`${client} saw checkpoint ${version} of ${group} as ${short(sha256)}, and ${instead}`];
}

function checkSent(ledgers: readonly ClientLedger[], { contributions }: Records): string[] {
  const sent = new Map<string, Set<string>>();
  for (const { client, entries } of ledgers) {
    const hashes = sent.get(client) ?? new Set();
    for (const { sha256 } of of(entries, 'sending')) hashes.add(sha256);
    sent.set(client, hashes);
  }
  return contributions.flatMap(({ participant, sha256 }) =>
    sent.get(participant)?.has(sha256) === false
      ? [`invented: ${participant}'s ${short(sha256)} is stored, and ${participant} never sent it`]
      : [],
  );
}

/** Bytes name their round and client, so that no two contributions are equal. */
function checkOnce({ contributions }: Records): string[] {
  const seen = new Set<string>();
  return contributions.flatMap(({ participant, sha256 }) => {
    if (!seen.has(sha256)) {
      seen.add(sha256);
      return [];
    }
    return [`counted twice: ${participant}'s ${short(sha256)} is in more than one place`];
  });
}

const short = (sha256: string) => sha256.slice(0, 12);
