// Which passes run when: what is always right while tracing, and what is only so once a graph is final.
import type { Graph } from '../graph.ts';
import { deduplicate } from './deduplicate.ts';
import { fuseNormalisations } from './normalisations.ts';
import { multiplyInParts } from './products-in-parts.ts';
import { prune } from './prune.ts';
import { rewrite } from './rewriting.ts';
import { productRules } from './rules/products.ts';
import { scalarRules } from './rules/scalars.ts';
import { viewRules } from './rules/views.ts';
import { fuseSilu } from './silu.ts';
import { sliceWeights } from './weight-rows.ts';

/** The same function with fewer nodes: dead ones dropped, equal ones merged, trivial ones simplified. */
export function simplify(graph: Graph): Graph {
  const rewritten = rewrite(deduplicate(prune(graph)), [...viewRules, ...scalarRules]);
  return prune(deduplicate(rewritten));
}

/**
 * Last before emission: products take their surroundings in, and with `extended` a normalisation and a silu are one
 * node each, rows of a weight are read where they lie (elsewhere they would be a second copy on the device) and large
 * weights multiplied some rows at a time. Such a graph should not be split any more.
 */
export function fuse(graph: Graph, extended: boolean): Graph {
  const products = prune(deduplicate(rewrite(graph, productRules)));
  return extended ? multiplyInParts(fuseSilu(fuseNormalisations(sliceWeights(products)))) : products;
}
