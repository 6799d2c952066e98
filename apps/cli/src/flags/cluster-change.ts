// What flags of `groups clusters` ask for, as the change that the coordinator takes: it wants to hear where everybody belongs.
import { namePattern, nameWords, spellName } from '@colora/protocol/bounds/names';
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

/** Of those that there are, where one that isn't is asked for. */
const mostNamed = 20;

export function isChange({ fix, auto, off, merge, split, name }: ClusterFlags): boolean {
  return [fix, auto, off, merge, split, name].some((flag) => flag !== undefined);
}

/** Throws UsageError where the flags don't go together, or name what isn't there. */
export function changeOf(flags: ClusterFlags, view: ClustersView): ClustersChange {
  const { fix, auto, off, merge, split, name } = flags;
  if ([fix, auto, off, merge, split].filter((flag) => flag !== undefined).length > 1)
    throw new UsageError('one of --fix, --auto, --off, --merge and --split at a time');
  const all = view.clusters.flatMap(({ members }) => members).concat(view.unplaced);
  // of nobody there is no list, and whoever comes then is put into one
  const one = all.length === 0 ? { mode: 'fixed' as const } : { clusters: [all] };
  return {
    ...(fix === undefined ? {} : { mode: 'fixed' as const }),
    ...(auto === undefined ? {} : { mode: 'auto' as const }),
    ...(off === undefined ? {} : one),
    ...(merge === undefined ? {} : { clusters: merged(merge, view) }),
    ...(split === undefined ? {} : { clusters: parted(split, view) }),
    ...(name === undefined ? {} : { names: [named(name, view)] }),
  };
}

function merged(text: string, view: ClustersView): string[][] {
  const together = new Set(text.split(',').map((one) => clusterOf('--merge', one, view)));
  if (together.size < 2) throw new UsageError('--merge: name two clusters or more, for instance 1,2');
  const meant = new Set([...together].flatMap(({ members }) => members));
  const lists = listsToBe(view);
  const isMeant = (list: readonly string[]) => list.some((one) => meant.has(one));
  return [lists.filter(isMeant).flat(), ...lists.filter((list) => !isMeant(list))];
}

function parted(text: string, view: ClustersView): string[][] {
  const [which, names] = split(text, ':', '--split', '1:ann,bob');
  const from = clusterOf('--split', which, view);
  const out = [...new Set(names.split(',').map((one) => one.trim()))];
  if (out.includes('')) throw new UsageError('--split: write it as 1:ann,bob');
  const unknown = out.find((one) => !from.members.includes(one));
  if (unknown !== undefined) throw new UsageError(`--split: ${unknown} is not in cluster ${from.cluster}`);
  if (from.members.every((one) => out.includes(one)))
    throw new UsageError('--split: leave somebody in the cluster');
  const rest = listsToBe(view).map((list) => list.filter((one) => !out.includes(one)));
  return [...rest.filter((list) => list.length > 0), out];
}

/**
 * Who belongs together once what waits is done: a change comes on top of what was said before. Who isn't placed yet is in
 * none, and goes where it fits best.
 */
function listsToBe({ clusters, waiting }: ClustersView): string[][] {
  const lists = (waiting ?? []).map((list) => [...list]);
  for (const { members } of clusters) {
    const left = members.filter((one) => !lists.some((list) => list.includes(one)));
    if (left.length === 0) continue;
    const kin = lists.find((list) => list.some((one) => members.includes(one)));
    if (kin === undefined) lists.push(left);
    else kin.push(...left);
  }
  return lists;
}

function named(text: string, view: ClustersView): NonNullable<ClustersChange['names']>[number] {
  const [which, name] = split(text, '=', '--name', '1=films');
  const { cluster } = clusterOf('--name', which, view);
  if (name === '') return { cluster, name: null };
  const spelled = spellName(name);
  if (!namePattern.test(spelled)) throw new UsageError(`--name: a cluster cannot be called so: ${nameWords}`);
  return { cluster, name: spelled };
}

function split(text: string, by: string, flag: string, example: string): [string, string] {
  const at = text.indexOf(by);
  if (at < 1) throw new UsageError(`${flag}: write it as ${example}`);
  return [text.slice(0, at), text.slice(at + 1)];
}

function clusterOf(flag: string, text: string, { clusters }: ClustersView): ClustersView['clusters'][number] {
  const asked = text.trim();
  const found =
    clusters.find(({ cluster }) => String(cluster) === asked) ?? clusters.find(({ name }) => name === asked);
  if (found !== undefined) return found;
  const known = clusters.slice(0, mostNamed).map(({ cluster, name }) => name ?? cluster);
  const others = clusters.length - known.length;
  const there = `${known.join(', ') || 'none yet'}${others === 0 ? '' : ` and ${others} more`}`;
  throw new UsageError(`${flag}: there is no cluster ${asked}; there are ${there}`);
}
