// A folder seen as rooms: each file in it is one, each folder in it is one (with all that lies below), and an import
// between two of them is an arrow. Pure; reading the files is import-graph.ts.
import type { SourceFile } from './import-graph.ts';

/** Arrows between the rooms of one folder: room -> rooms it imports, and for each arrow one pair of files. */
export type Rooms = { folder: string; arrows: Map<string, Map<string, string>> };

/** The room of `folder` in which a file lies, or null where it lies elsewhere. */
function roomOf(folder: string, path: string): string | null {
  if (!path.startsWith(`${folder}/`)) return null;
  return path.slice(folder.length + 1).split('/')[0]!;
}

export function roomsOf(folder: string, files: readonly SourceFile[]): Rooms {
  const arrows = new Map<string, Map<string, string>>();
  for (const file of files) {
    const from = roomOf(folder, file.path);
    if (from === null) continue;
    const targets = arrows.get(from) ?? new Map<string, string>();
    arrows.set(from, targets);
    for (const imported of file.imports) {
      const to = roomOf(folder, imported);
      if (to !== null && to !== from) targets.set(to, `${file.path} -> ${imported}`);
    }
  }
  return { folder, arrows };
}

/** Rooms that import each other in a ring (Tarjan's strongly connected components of two and more), each sorted. */
export function ringsOf({ arrows }: Rooms): string[][] {
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const rings: string[][] = [];
  const visit = (room: string) => {
    index.set(room, index.size);
    low.set(room, index.get(room)!);
    stack.push(room);
    for (const next of arrows.get(room)?.keys() ?? []) {
      if (!index.has(next)) visit(next);
      if (stack.includes(next)) low.set(room, Math.min(low.get(room)!, low.get(next)!));
    }
    if (low.get(room) !== index.get(room)) return;
    const ring = stack.splice(stack.indexOf(room));
    if (ring.length > 1) rings.push(ring.sort());
  };
  for (const room of arrows.keys()) visit(room);
  return rings;
}

/** The floor of every room, 1 for one that imports no other: one above the highest that it imports. No rings. */
export function floorsOf({ arrows }: Rooms): Map<string, number> {
  const floors = new Map<string, number>();
  const floor = (room: string): number => {
    const known = floors.get(room);
    if (known !== undefined) return known;
    floors.set(room, 1); // stands while a ring is walked, so that it ends
    const below = [...(arrows.get(room)?.keys() ?? [])].map(floor);
    floors.set(room, 1 + Math.max(0, ...below));
    return floors.get(room)!;
  };
  for (const room of arrows.keys()) floor(room);
  return floors;
}
