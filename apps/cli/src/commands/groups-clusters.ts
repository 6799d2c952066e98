// `colora groups clusters`: who belongs together in a group, how alike the members' probes are, and an admin's word on it.
// What a change means to the other clusters is cluster-change.ts's.
import type { ApiClient } from '@colora/protocol/api-client';
import type { ClustersView } from '@colora/protocol/clusters/clusters';
import { likenessMap } from '@colora/protocol/clusters/likeness-map';
import { sameLists } from '@colora/protocol/clusters/same-lists';
import { Command } from 'commander';
import { type ApiFlags, openApi, withApiFlags } from '../coordinator-api.ts';
import { type ClusterFlags, changeOf, isChange } from '../flags/cluster-change.ts';
import { readName } from '../flags/option-values.ts';
import { localTime, print, printJson, printTable } from '../terminal/output.ts';

export function clustersCommand(): Command {
  return withApiFlags(
    new Command('clusters').description(
      'Show who belongs together in a group, and how alike its members’ probes are; or say it yourself',
    ),
  )
    .argument('<group>', 'name of the group', readName)
    .option('--fix', 'keep clusters as they are, whatever waits: newcomers go where they fit best')
    .option('--auto', 'find them by the probes again, whenever members come or go')
    .option('--off', 'one cluster of all, fixed')
    .option('--merge <clusters>', 'make one of two clusters or more (numbers or names: 1,films), and fix')
    .option('--split <cluster:members>', 'take members out into a cluster of their own (1:ann,bob), and fix')
    .option('--name <cluster=name>', 'what a cluster is called (1=films)')
    .addHelpText(
      'after',
      '\nChanges of who belongs together are done when the next round opens; one that comes before that is made on top of those that wait.\n--fix and --auto take back what waits.\n\nExample:\n  $ colora groups clusters reviews --merge 1,2',
    )
    .action(async (group: string, flags: ApiFlags & ClusterFlags) => {
      const api = await openApi(flags);
      const params = { group };
      const answer = isChange(flags)
        ? await change(api, params, flags)
        : await api.call('showClusters', { params });
      if (flags.json) printJson(answer);
      else printClusters(group, answer);
    });
}

/** Throws ApiProblem 'changed-meanwhile' where another admin said something since it was looked at: that isn't done away with. */
async function change(
  api: ApiClient,
  params: { readonly group: string },
  flags: ClusterFlags,
): Promise<ClustersView> {
  const { revision } = await api.call('showGroup', { params });
  const now = await api.call('showClusters', { params });
  const headers = { 'if-match': `"${revision}"` };
  return await api.call('changeClusters', { params, headers, body: changeOf(flags, now) });
}

function printClusters(group: string, view: ClustersView): void {
  if (view.mode === 'off') {
    print(`${group} has no clusters: all of its members share one head`);
    return;
  }
  printTable(
    ['cluster', 'name', 'from', 'members'],
    view.clusters.map(({ cluster, name, parent, members }) => [cluster, name, parent, members.join(', ')]),
    'Nobody is placed yet: that happens when a round opens.',
  );
  if (view.unplaced.length > 0) print(`placed when the next round opens: ${view.unplaced.join(', ')}`);
  if (view.waiting !== null) print(`from the next round on: ${listsText(view.waiting)}`);
  const isAsProposed = sameLists(
    view.proposal ?? [],
    view.clusters.map(({ members }) => members),
  );
  if (view.proposal !== null && !isAsProposed)
    print(`by the probes as they are: ${listsText(view.proposal)}`);
  print(
    view.mode === 'auto'
      ? 'auto: found again when members come or go'
      : 'fixed: nobody moves, newcomers go where they fit best',
  );
  if (view.matrix !== null && view.matrix.participants.length > 1) printMatrix(view, view.matrix);
  for (const { round, at, cause, clusters, moved } of view.history.slice(0, 5))
    print(
      `${localTime(at)}, round ${round}: ${clusters} ${clusters === 1 ? 'cluster' : 'clusters'}, ${moved} moved (${cause})`,
    );
}

/** So many stand beside each other in a window; --json has all. */
const mostBeside = 20;

function printMatrix(view: ClustersView, matrix: NonNullable<ClustersView['matrix']>): void {
  const { of, names, values } = likenessMap(view, matrix, mostBeside);
  if (names.length > mostBeside) {
    print(`how alike ${names.length} clusters are: --json shows it`);
    return;
  }
  const shown = (value: number | null) => (value === null ? '-' : value.toFixed(2));
  printTable(
    [of === 'members' ? 'cosine' : 'mean cosine, cluster', ...names],
    names.map((name, row) => [name, ...values[row]!.map(shown)]),
    '',
  );
}

const listsText = (lists: readonly (readonly string[])[]) => lists.map((list) => list.join(', ')).join(' | ');
