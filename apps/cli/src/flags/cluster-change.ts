// What flags of `groups clusters` ask for, as the change that the coordinator takes: it wants to hear where everybody belongs.
import type { ClustersChange, ClustersView } from '@colora/protocol/clusters/clusters';
import { UsageError } from '../usage-error.ts';

export interface ClusterFlags {
  readonly fix?: boolean;
  readonly auto?: boolean;
  readonly off?: boolean;
  readonly merge?: string;
  readonly split?: string;
  readonly name?: string;
}

export function isChange({ fix, auto, off, merge, split, name }: ClusterFlags): boolean {
  return [fix, auto, off, merge, split, name].some((flag) => flag !== undefined);
}

/** Throws UsageError where the flags don't go together, or name what isn't there. */
export function changeOf(flags: ClusterFlags, view: ClustersView): ClustersChange {
  const { fix, auto, off, merge, split, name } = flags;
  if ([fix, auto, off, merge, split].filter((flag) => flag !== undefined).length > 1)
    throw new UsageError('one of --fix, --auto, --off, --merge and --split at a time');
  const all = view.clusters.flatMap(({ members }) => members).concat(view.unplaced);
  return {
    ...(fix === undefined ? {} : { mode: 'fixed' as const }),
    ...(auto === undefined ? {} : { mode: 'auto' as const }),
    ...(off === undefined ? {} : { clusters: [all] }),
    ...(merge === undefined ? {} : { clusters: merged(merge, view) }),
    ...(split === undefined ? {} : { clusters: parted(split, view) }),
    ...(name === undefined ? {} : { names: [named(name, view)] }),
  };
}

function merged(text: string, view: ClustersView): string[][] {
  const together = new Set(text.split(',').map((one) => clusterOf('--merge', one, view)));
  if (together.size < 2) throw new UsageError('--merge: name two clusters or more, for instance 1,2');
  const rest = view.clusters.filter((one) => !together.has(one));
  return withUnplaced(
    [[...together].flatMap(({ members }) => members), ...rest.map(({ members }) => members)],
    view,
  );
}

function parted(text: string, view: ClustersView): string[][] {
  const [which, names] = split(text, ':', '--split', '1:ann,bob');
  const from = clusterOf('--split', which, view);
  const out = names.split(',').map((one) => one.trim());
  const unknown = out.find((one) => !from.members.includes(one));
  if (unknown !== undefined) throw new UsageError(`--split: ${unknown} is not in cluster ${from.cluster}`);
  const stay = from.members.filter((one) => !out.includes(one));
  if (stay.length === 0) throw new UsageError('--split: leave somebody in the cluster');
  const rest = view.clusters.filter((one) => one !== from).map(({ members }) => members);
  return withUnplaced([stay, out, ...rest], view);
}

/** Who isn't placed yet is said to belong to the first: the coordinator wants to hear of everybody. */
function withUnplaced([first = [], ...rest]: string[][], { unplaced }: ClustersView): string[][] {
  return [[...first, ...unplaced], ...rest];
}

function named(text: string, view: ClustersView): NonNullable<ClustersChange['names']>[number] {
  const [which, name] = split(text, '=', '--name', '1=films');
  return { cluster: clusterOf('--name', which, view).cluster, name: name === '' ? null : name };
}

function split(text: string, by: string, flag: string, example: string): [string, string] {
  const at = text.indexOf(by);
  if (at < 1) throw new UsageError(`${flag}: write it as ${example}`);
  return [text.slice(0, at), text.slice(at + 1)];
}

function clusterOf(flag: string, text: string, { clusters }: ClustersView): ClustersView['clusters'][number] {
  const asked = text.trim();
  const found = clusters.find(({ cluster, name }) => String(cluster) === asked || name === asked);
  if (found !== undefined) return found;
  const known = clusters.map(({ cluster, name }) => name ?? cluster).join(', ') || 'none yet';
  throw new UsageError(`${flag}: there is no cluster ${asked}; there are ${known}`);
}
