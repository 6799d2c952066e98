// Reads a folder of people's examples: <folder>/<group>/<user>.jsonl to train on and
// <folder>/<group>/test.jsonl, held out, to judge that group's people by; or .csv, .tsv, .parquet in its place.
import { join, parse } from 'node:path';
import { sha256Hex } from '@colora/protocol/sha256';
import { taskKindTable } from '@colora/protocol/task-kinds';
import { isTableFile, kindOfExamples, readExamples } from '@colora/training/data/data';
import { type VisibleEntry, visibleEntries } from '@colora/training/data/visible-entries';
import { taskOf } from '@colora/training/tasks/tasks';
import { DataError } from '@colora/training/training-error';
import type { Person } from '../experiment/person.ts';
import { UsageError } from '../usage-error.ts';
import { type ComparedKind, isCompared } from './compared-kinds.ts';

const heldOutName = 'test';

export interface PeopleFolder {
  readonly people: readonly Person[];
  readonly kind: ComparedKind;
  /** Paths of what lies there and is nobody's examples: files of other endings, files beside the groups. */
  readonly leftOut: readonly string[];
  /** Every label of anybody's training examples, sorted; none where the kind has none. */
  readonly labels: readonly string[];
}

async function list(folder: string): Promise<VisibleEntry[]> {
  try {
    return await visibleEntries(folder);
  } catch (error) {
    if (error instanceof DataError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    const reason = code === 'ENOENT' ? 'does not exist' : code === 'ENOTDIR' ? 'is a file' : 'cannot be read';
    throw new UsageError(`${folder} ${reason}; compare wants <folder>/<group>/<user>.jsonl`);
  }
}

const longestName = 63;

/**
 * A participant's name made from file names: what a name may not hold becomes '-', and where that loses anything a few
 * digits of the hash of what was lost come behind it, so that no two people have one name.
 */
export function participantName(group: string, user: string): string {
  const given = `${group}.${user}`.normalize('NFC');
  const kept = given.replace(/[^a-z0-9._-]+/g, '-').replace(/^[^a-z0-9]+/, '');
  if (kept === given && kept.length <= longestName) return kept;
  const mark = sha256Hex(new TextEncoder().encode(given)).slice(0, 8);
  const readable = given
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/^[^a-z0-9]+/, '')
    .slice(0, longestName - mark.length - 1);
  return readable === '' ? mark : `${readable}-${mark}`;
}

/**
 * All people of the folder with their group's held-out examples, whose first one says what kind of task it is.
 * Throws UsageError naming what is missing.
 */
export async function readPeopleFolder(folder: string): Promise<PeopleFolder> {
  const entries = await list(folder);
  const groups = entries.filter(({ kind }) => kind === 'folder');
  if (groups.length === 0) {
    throw new UsageError(`${folder} holds no folders; compare wants <folder>/<group>/<user>.jsonl`);
  }
  const kind = await kindOfFolder(join(folder, groups[0]!.name));
  const people: Person[] = [];
  const leftOut = entries.filter(({ kind }) => kind !== 'folder').map(({ name }) => join(folder, name));
  for (const group of groups) leftOut.push(...(await filesOf(join(folder, group.name))).leftOut);
  for (const group of groups) people.push(...(await readGroup(join(folder, group.name), group.name, kind)));
  const shown = people.map((person) => person.shown?.normalize('NFC'));
  const twice = shown.find((name, index) => shown.indexOf(name) !== index);
  if (twice !== undefined) throw new UsageError(`two files of ${folder} are both of ${twice}; rename one`);
  if (taskKindTable[kind].labels === null) return { people, kind, leftOut, labels: [] };
  const labels = new Set(people.flatMap((person) => person.examples.flatMap(taskOf({ kind }).labelsOf)));
  if (labels.size < 2)
    throw new UsageError(`${folder} uses one label alone; two are needed to tell texts apart`);
  return { people, kind, leftOut, labels: [...labels].sort() };
}

async function kindOfFolder(folder: string): Promise<ComparedKind> {
  const path = join(folder, (await filesOf(folder)).heldOut);
  const kind = await kindOfExamples(path);
  if (isCompared(kind)) return kind;
  throw new UsageError(
    `${path} holds ${taskKindTable[kind].data}; compare knows labels and language models only`,
  );
}

interface GroupFiles {
  readonly heldOut: string;
  readonly users: readonly string[];
  readonly leftOut: readonly string[];
}

async function filesOf(folder: string): Promise<GroupFiles> {
  const entries = await list(folder);
  const isRead = ({ kind, name }: VisibleEntry) => kind === 'file' && isTableFile(name);
  const files = entries.filter(isRead);
  const leftOut = entries.filter((entry) => !isRead(entry)).map(({ name }) => join(folder, name));
  const isHeldOut = (name: string) => parse(name).name === heldOutName;
  const users = files.map(({ name }) => name).filter((name) => !isHeldOut(name));
  const [heldOut, another] = files.map(({ name }) => name).filter(isHeldOut);
  if (heldOut === undefined) {
    throw new UsageError(
      `${join(folder, `${heldOutName}.jsonl`)} is missing: held-out examples to judge the group by`,
    );
  }
  if (another === undefined) return { heldOut, users, leftOut };
  throw new UsageError(`${folder} holds ${heldOut} and ${another}; keep one of them`);
}

async function readGroup(folder: string, group: string, kind: ComparedKind): Promise<Person[]> {
  const { heldOut: heldOutFile, users } = await filesOf(folder);
  if (users.length === 0) throw new UsageError(`${folder} has no <user>.jsonl beside ${heldOutFile}`);
  const read = async (name: string) => {
    const path = join(folder, name);
    if (kind === 'classification') return (await readExamples(path, { kind, labels: 'any' })).examples;
    // a labelled line is a plain text as well, whose label would be lost
    if ((await kindOfExamples(path)) === kind) return (await readExamples(path, { kind })).examples;
    throw new UsageError(
      `${path} has labels, which the first group's held-out file has not; compare takes one kind`,
    );
  };
  const heldOut = await read(heldOutFile);
  return Promise.all(
    users.map(async (file) => ({
      name: participantName(group, parse(file).name),
      shown: `${group}.${parse(file).name}`,
      group,
      examples: await read(file),
      heldOut,
    })),
  );
}
