// How much a late contribution counts (FedBuff, Nguyen et al. 2022, arXiv 2106.06639, section 5): (1 + s)^(-1/2), where
// s is how many versions the checkpoint it was made at is behind. As in the paper the factor scales the update itself
// and is not divided out again: s stale ones alone move the model less than fresh ones would.

/** In (0, 1]; 1 for a contribution that is not late. */
export function stalenessFactor(staleness: number): number {
  return 1 / Math.sqrt(1 + Math.max(0, staleness));
}
