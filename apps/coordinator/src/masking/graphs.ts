// The graphs of the rosters in use, which follow from their hashes: asked for with every step, and made once.
import { type Graph, graphOf } from '@colora/privacy/masking/graph';

const kept = new Map<string, Graph>();
const mostKept = 64;

/** `hash`: of the roster's text. */
export function keptGraph(members: number, hash: string): Graph {
  const known = kept.get(hash);
  if (known !== undefined) return known;
  const graph = graphOf(members, hash);
  kept.set(hash, graph);
  for (const oldest of kept.keys()) {
    if (kept.size <= mostKept) break;
    kept.delete(oldest);
  }
  return graph;
}
