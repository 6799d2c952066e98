// How many clusters a group may come to have, as coordinator and members count it: their rows are in every later checkpoint, which
// everybody downloads, and are never taken back.

const mostClusters = 1000;
/** Of all clusters' rows, did each have one for every label. */
const mostBytes = 32 * 1024 ** 2;

/** Of so many labels, whose rows have so many bytes each; at least one. */
export function mostClustersOf(labels: number, rowBytes: number): number {
  return Math.max(1, Math.min(mostClusters, Math.floor(mostBytes / (labels * rowBytes))));
}
