// The graph of a roster, as packages/privacy makes it, kept for the rosters in use: it is asked for with every step.
import type { MaskingGraph } from './masked-states.ts';

const kept = new Map<string, MaskingGraph>();
const mostKept = 64;

/** `rosterHash`: of the roster's text; `members`: how many are in it. */
export function graphOf(rosterHash: string, members: number): MaskingGraph {
  const known = kept.get(rosterHash);
  if (known !== undefined) return known;
  const graph = completeGraph(members);
  kept.set(rosterHash, graph);
  for (const oldest of kept.keys()) {
    if (kept.size <= mostKept) break;
    kept.delete(oldest);
  }
  return graph;
}

function completeGraph(members: number): MaskingGraph {
  const all = Array.from({ length: members }, (_, number) => number);
  const threshold = Math.min(members - 1, Math.floor((2 * (members - 1)) / 3) + 1);
  return { threshold, neighbours: all.map((one) => all.filter((other) => other !== one)) };
}
