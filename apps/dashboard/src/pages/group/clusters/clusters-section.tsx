// Who belongs together in a group: its clusters, who decides that, what waits or is proposed, how alike its members are, and what
// changed last. Said otherwise by the command alone.
import type { ClustersView } from '@colora/protocol/clusters/clusters';
import { likenessMap } from '@colora/protocol/clusters/likeness-map';
import { sameLists } from '@colora/protocol/clusters/same-lists';
import type { TaskGroup } from '@colora/protocol/entities';
import { call } from '../../../api/client.ts';
import { about, useLive } from '../../../api/live.ts';
import { isAdmin } from '../../../api/session.ts';
import { HeatMap, mostOfMap } from '../../../charts/heat-map.tsx';
import { commands } from '../../../format/commands.ts';
import { count, counted } from '../../../format/numbers.ts';
import { sentence } from '../../../format/words.ts';
import { Command } from '../../../parts/command.tsx';
import { Empty } from '../../../parts/empty.tsx';
import { Loaded } from '../../../parts/loaded.tsx';
import { Table } from '../../../parts/table.tsx';
import { When } from '../../../parts/when.tsx';
import { at } from '../../../routing/place.ts';
import { ClusterTable } from './cluster-table.tsx';
import { MemberLists } from './member-names.tsx';

export function ClustersSection({ group }: { readonly group: TaskGroup }) {
  const { name } = group;
  const live = useLive(
    `clusters ${name}`,
    (signal) => call('showClusters', { params: { group: name }, signal }),
    // members are compared for it; who belongs together changes when a round opens
    { hears: (hint) => about(name)(hint) && hint.name === 'round:opened', every: { hinted: 120, alone: 30 } },
  );
  return (
    <Loaded live={live} what="the clusters" lines={16}>
      {(view) =>
        view.mode === 'off' ? (
          <div class="panel">
            <Empty title="All members share one head">
              A group has clusters from its beginning or never, and this one was made without.
            </Empty>
          </div>
        ) : (
          <Clusters group={name} view={view} />
        )
      }
    </Loaded>
  );
}

function Clusters({ group, view }: { readonly group: string; readonly view: ClustersView }) {
  const { mode, clusters, unplaced, waiting, proposal, matrix, history } = view;
  const isAsProposed =
    proposal === null ||
    sameLists(
      proposal,
      clusters.map(({ members }) => members),
    );
  return (
    <div class="stack">
      <section class="panel stack" aria-label="Who decides">
        <h2>{mode === 'auto' ? 'Found by the members’ probes' : 'Fixed by an admin'}</h2>
        <p class="quiet">
          {mode === 'auto'
            ? 'Found again before a round, when members have come or gone. Members of a cluster share head rows; the adapters are everybody’s.'
            : 'Nobody moves, and newcomers go where they fit best. Members of a cluster share head rows; the adapters are everybody’s.'}
        </p>
        {waiting !== null && (
          <div class="note warn">
            <strong>From the next round on, as an admin said:</strong>
            <MemberLists group={group} lists={waiting} />
          </div>
        )}
        {unplaced.length > 0 && (
          <div class="note">
            <strong>Placed when the next round opens:</strong>
            <MemberLists group={group} lists={[unplaced]} />
          </div>
        )}
        {!isAsProposed && (
          <div class="note">
            <strong>Proposed by the probes as they are:</strong>
            <MemberLists group={group} lists={proposal} />
          </div>
        )}
        {isAdmin.value && (
          <>
            <p class="quiet flags">
              To say it otherwise, add <code>--merge 1,2</code>, <code>--split 1:ann,bob</code>,{' '}
              <code>--fix</code>, <code>--auto</code>, <code>--off</code> or <code>--name 1=films</code> to
            </p>
            <Command text={commands.clusters(group, location.origin)} />
          </>
        )}
      </section>
      <div class="panel flush">
        <h2>{counted(clusters.length, 'cluster')}</h2>
        <ClusterTable group={group} clusters={clusters} />
      </div>
      <Likeness group={group} view={view} matrix={matrix} />
      <div class="panel flush">
        <h2>The last changes</h2>
        <Table
          caption="Changes of the clusters, newest first"
          rows={history}
          rowKey={(change) => `${change.at} ${change.round} ${change.clusters} ${change.moved}`}
          empty={<Empty title="Nobody was placed yet">That happens when a round opens.</Empty>}
          columns={[
            { title: 'When', cell: (change) => <When at={change.at} /> },
            {
              title: 'Round',
              isFigure: true,
              cell: ({ round }) => <a href={at(['groups', group, 'rounds', round])}>{round}</a>,
            },
            { title: 'Clusters', isFigure: true, cell: (change) => count(change.clusters) },
            { title: 'Moved', isFigure: true, cell: ({ moved }) => count(moved) },
            { title: 'Why', isName: true, cell: ({ cause }) => sentence(cause) },
          ]}
        />
      </div>
    </div>
  );
}

interface LikenessProps {
  readonly group: string;
  readonly view: ClustersView;
  readonly matrix: ClustersView['matrix'];
}

function Likeness({ group, view, matrix }: LikenessProps) {
  const map = matrix === null ? null : likenessMap(view, matrix, mostOfMap);
  return (
    <section class="panel stack" aria-label="How alike the probes are">
      <h2>How alike the probes are</h2>
      {map === null ? (
        <p class="quiet">Of so many members nobody is compared with everybody else.</p>
      ) : matrix!.participants.length < 2 ? (
        <Empty title="Fewer than two members have sent a probe" />
      ) : (
        <>
          <p class="quiet">
            Cosines{map.of === 'clusters' && ', as means over the pairs of members of each two clusters'}: 1
            means the same by the labels, 0 has nothing in common, -1 means the opposite; – is no label in
            common{map.of === 'clusters' && ', or a cluster of one'}.
            {map.of === 'members' && map.starts.size > 0 && ' A line parts the clusters.'}
          </p>
          <HeatMap
            caption="Cosines of probes"
            names={map.names}
            values={map.values}
            noun={map.of}
            starts={map.starts}
            command={commands.clusters(group, location.origin)}
          />
        </>
      )}
    </section>
  );
}
