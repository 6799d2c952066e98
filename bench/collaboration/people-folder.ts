// People as the folder that `colora compare` reads: <group>/<person>.jsonl to train on, <group>/test.jsonl held out. People of
// one group who are judged by other examples get a folder of their own each.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Person } from '@colora/cli/experiment/person';

const jsonLines = (examples: Person['examples']) =>
  examples.map((example) => `${JSON.stringify(example)}\n`).join('');

export async function writePeople(folder: string, people: readonly Person[]): Promise<void> {
  for (const { name, members } of foldersOf(people)) {
    await mkdir(join(folder, name), { recursive: true });
    await writeFile(join(folder, name, 'test.jsonl'), jsonLines(members[0]!.heldOut));
    for (const person of members)
      await writeFile(join(folder, name, `${person.name}.jsonl`), jsonLines(person.examples));
  }
}

/** `<group>`, or `<group>-1`, `<group>-2` where its people are judged by unlike examples. */
export function foldersOf(people: readonly Person[]): { name: string; members: readonly Person[] }[] {
  return groupedBy(people, ({ group }) => group).flatMap((all) => {
    const judged = groupedBy(all, ({ heldOut }) => jsonLines(heldOut));
    return judged.map((members, index) => ({
      name: judged.length === 1 ? all[0]!.group : `${all[0]!.group}-${index + 1}`,
      members,
    }));
  });
}

function groupedBy(people: readonly Person[], keyOf: (person: Person) => string): Person[][] {
  const groups = new Map<string, Person[]>();
  for (const person of people) groups.set(keyOf(person), [...(groups.get(keyOf(person)) ?? []), person]);
  return [...groups.values()];
}
