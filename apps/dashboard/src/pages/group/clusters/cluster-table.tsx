// The clusters of a group as rows: which, how many and who.
import type { ClustersView } from '@colora/protocol/clusters/clusters';
import { clusterName } from '@colora/protocol/clusters/likeness-map';
import { commands } from '../../../format/commands.ts';
import { count } from '../../../format/numbers.ts';
import { Empty } from '../../../parts/empty.tsx';
import { Table } from '../../../parts/table.tsx';
import { MemberNames } from './member-names.tsx';

/** More rows nobody reads at once. */
const most = 100;

interface ClusterTableProps {
  readonly group: string;
  readonly clusters: ClustersView['clusters'];
}

export function ClusterTable({ group, clusters }: ClusterTableProps) {
  return (
    <>
      <Table
        caption="Clusters"
        rows={clusters.slice(0, most)}
        rowKey={({ cluster }) => cluster}
        empty={<Empty title="Nobody is placed yet">That happens when a round opens.</Empty>}
        columns={[
          { title: 'Cluster', isName: true, cell: (one) => <bdi>{clusterName(one)}</bdi> },
          { title: 'Members', isFigure: true, cell: ({ members }) => count(members.length) },
          { title: 'Who', wraps: true, cell: ({ members }) => <MemberNames group={group} names={members} /> },
          {
            title: 'Split from',
            isFigure: true,
            isMinor: true,
            cell: ({ parent }) => parent ?? '–',
          },
        ]}
      />
      {clusters.length > most && (
        <p class="quiet">
          The first {most} of {count(clusters.length)} clusters. All of them:{' '}
          <code>{commands.clusters(group, location.origin)}</code>
        </p>
      )}
    </>
  );
}
