// The shape of the records by themselves: versions and round numbers without gaps, one live round a group,
// counts that agree with what is counted.
import { endedStates, type GroupRow, type Records, type RoundRow } from './record.ts';

/** Violations in words. */
export function checkVersions(records: Records): string[] {
  return records.groups.flatMap((group) => {
    const rounds = records.rounds.filter(({ groupId }) => groupId === group.id);
    return [
      ...checkRounds(group, rounds),
      ...checkCheckpoints(group, records),
      ...rounds.flatMap((round) => checkCount(group, round, records)),
    ];
  });
}

function checkRounds({ name, committedRounds }: GroupRow, rounds: readonly RoundRow[]): string[] {
  const wrong: string[] = [];
  const numbers = rounds.map(({ number }) => number);
  if (numbers.some((number, index) => number !== index + 1))
    wrong.push(`${name}: rounds ${gaps(numbers, 1)}`);
  const committed = rounds.filter(({ state }) => state === 'committed').map(({ version }) => version);
  if (committed.some((version, index) => version !== index)) {
    wrong.push(`${name}: committed rounds started at the versions ${gaps(committed, 0)}`);
  }
  if (committed.length !== committedRounds) {
    wrong.push(`${name}: says ${committedRounds} committed rounds, and has ${committed.length}`);
  }
  const live = rounds.filter(({ state }) => !endedStates.includes(state));
  if (live.length > 1) wrong.push(`${name}: ${live.length} live rounds`);
  return wrong;
}

function checkCheckpoints({ id, name, checkpointVersion, committedRounds }: GroupRow, records: Records) {
  const versions = records.checkpoints.filter(({ groupId }) => groupId === id).map(({ version }) => version);
  const wrong: string[] = [];
  if (versions.some((version, index) => version !== index)) {
    wrong.push(`${name}: checkpoint versions ${gaps(versions, 0)}`);
  }
  const last = versions.at(-1) ?? null;
  if (last !== checkpointVersion || last !== committedRounds) {
    wrong.push(
      `${name}: at version ${checkpointVersion} after ${committedRounds} rounds, the last is ${last}`,
    );
  }
  return wrong;
}

function checkCount({ name }: GroupRow, { id, number, contributed }: RoundRow, records: Records): string[] {
  const rows = records.contributions.filter(({ roundId }) => roundId === id).length;
  if (rows === contributed) return [];
  return [`round ${number} of ${name}: counts ${contributed} contributions, and has ${rows}`];
}

/** Where a sequence that should go up by one from `first` does not. */
function gaps(found: readonly number[], first: number): string {
  const index = found.findIndex((value, at) => value !== at + first);
  return `should go on with ${index + first}, and have ${found[index]} there`;
}
