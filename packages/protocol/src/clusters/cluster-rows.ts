// How the head rows of clusters are called in a checkpoint and in contributions. A group with clusters has a row a label and
// cluster, `head/<cluster>/<label>`; its rows `head/<label>`, which nobody trains, are what a cluster of newcomers starts
// from. Who is in which cluster is the coordinator's affair, what a row does the training's.

/** `head/<label>` */
export const headPrefix = 'head/';

/** A label that begins so could be taken for a cluster's row: groups of such labels have no clusters. */
export const looksLikeCluster = /^\d+\//;

export function clusterRowName(cluster: number, label: string): string {
  return `${headPrefix}${cluster}/${label}`;
}

/** Of a group with clusters; null for every other tensor, rows that are no cluster's among them. */
export function clusterRowOf(name: string): { readonly cluster: number; readonly label: string } | null {
  const [, cluster, label] = /^head\/(\d+)\/(.*)$/s.exec(name) ?? [];
  return cluster === undefined || label === undefined ? null : { cluster: Number(cluster), label };
}

export function isHeadRow(name: string): boolean {
  return name.startsWith(headPrefix);
}
