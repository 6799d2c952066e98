// The members of a group, and how alike what they send is.
import { machineText } from '@colora/protocol/accounts/machine-text';
import type { Participant, TaskGroup } from '@colora/protocol/entities';
import { useState } from 'preact/hooks';
import { call } from '../../../api/client.ts';
import { about, useLive } from '../../../api/live.ts';
import { HeatMap } from '../../../charts/heat-map.tsx';
import { commands } from '../../../format/commands.ts';
import { count } from '../../../format/numbers.ts';
import { Empty } from '../../../parts/empty.tsx';
import { Loaded } from '../../../parts/loaded.tsx';
import { Name } from '../../../parts/name.tsx';
import { Pager, usePages } from '../../../parts/pager.tsx';
import { StateChip } from '../../../parts/state-chip.tsx';
import { Table } from '../../../parts/table.tsx';
import { When } from '../../../parts/when.tsx';
import { at } from '../../../routing/place.ts';

export function MembersSection({ group }: { readonly group: TaskGroup }) {
  const { name } = group;
  const pages = usePages();
  const live = useLive(
    `members ${name} ${pages.cursor ?? ''}`,
    (signal) =>
      call('listParticipants', { query: { group: name, limit: 100, cursor: pages.cursor }, signal }),
    { hears: about(name), every: { hinted: 15, alone: 6 } },
  );
  return (
    <div class="stack">
      <div class="panel flush">
        <Loaded live={live} what="the members" lines={10}>
          {({ items, next, total }) => (
            <>
              <Table
                caption="Members"
                rows={items}
                rowKey={({ id }) => id}
                empty={
                  <Empty title="Nobody has joined yet" command={commands.join(name, location.origin)}>
                    A member runs this on the machine that has her examples.
                  </Empty>
                }
                columns={[
                  {
                    title: 'Member',
                    isName: true,
                    cell: (member) => (
                      <Name name={member.name} href={at(['groups', name, 'members', member.name])} />
                    ),
                  },
                  { title: 'State', cell: (member) => <StateChip state={stateOf(member, name)} /> },
                  {
                    title: 'Answered',
                    isFigure: true,
                    cell: ({ asked, answered }) => `${count(answered)} of ${count(asked)}`,
                  },
                  {
                    title: 'Silent in a row',
                    isFigure: true,
                    isMinor: true,
                    cell: ({ missed }) => (missed === 0 ? '–' : `${count(missed)} rounds`),
                  },
                  {
                    title: 'Device',
                    isMinor: true,
                    cell: ({ machine }) => (machine === null ? '–' : machineText(machine)),
                  },
                  { title: 'Version', isMinor: true, cell: ({ machine }) => machine?.version ?? '–' },
                  { title: 'Last seen', cell: ({ lastSeenAt }) => <When at={lastSeenAt} none="never" /> },
                  { title: 'Joined', isMinor: true, cell: ({ createdAt }) => <When at={createdAt} /> },
                ]}
              />
              <Pager pages={pages} next={next} total={total} shown={items.length} noun="member" />
            </>
          )}
        </Loaded>
      </div>
      <Similarity group={name} />
    </div>
  );
}

/** `group`: the one in whose list it stands. */
export function stateOf(
  { revoked, online, groups }: Pick<Participant, 'revoked' | 'online' | 'groups'>,
  group?: string,
): string {
  if (revoked) return 'revoked';
  if (group !== undefined && !groups.includes(group)) return 'left';
  return online ? 'online' : 'offline';
}

/** Asked for by a button: the coordinator reads all contributions that are kept for it. */
function Similarity({ group }: { readonly group: string }) {
  const [isAsked, setAsked] = useState(false);
  return (
    <section class="panel stack" aria-label="Similarity">
      <div class="head">
        <h2>How alike members are</h2>
        {!isAsked && (
          <button type="button" class="small" onClick={() => setAsked(true)}>
            Compute
          </button>
        )}
      </div>
      <p class="quiet">
        Cosines of what they sent, over the last rounds whose bytes are kept: 1 pulls the same way, 0 has
        nothing in common, -1 pulls against each other.
      </p>
      {isAsked && <SimilarityMap group={group} />}
    </section>
  );
}

function SimilarityMap({ group }: { readonly group: string }) {
  const live = useLive(`similarity ${group}`, (signal) => call('similarity', { params: { group }, signal }), {
    every: 'once',
  });
  return (
    <Loaded live={live} what="the similarities" lines={8}>
      {({ participants, matrix }) =>
        participants.length < 2 ? (
          <Empty title="Fewer than two members sent something that is kept" />
        ) : (
          <HeatMap
            caption="Cosines of members’ updates"
            names={participants}
            values={matrix}
            command={commands.similarity(group, location.origin)}
          />
        )
      }
    </Loaded>
  );
}
