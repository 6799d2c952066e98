// How much a late contribution counts (FedBuff, Nguyen et al. 2022, arXiv 2106.06639, section 5): its update is scaled by
// (1 + s)^(-1/2), where s is how many versions behind the checkpoint is that it was made at. As in the paper the factor
// is not divided out again: a round of stale contributions alone moves the model less than one of fresh ones.

/** In (0, 1]; 1 for a contribution that is not late. */
export function stalenessFactor(staleness: number): number {
  return 1 / Math.sqrt(1 + Math.max(0, staleness));
}

/** The row itself, or a scaled copy. */
export function scaledRow(row: Float32Array, factor: number): Float32Array {
  return factor === 1 ? row : row.map((value) => value * factor);
}
