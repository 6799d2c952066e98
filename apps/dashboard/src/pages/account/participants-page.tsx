// Everybody who takes part, in whichever groups.
import { useState } from 'preact/hooks';
import { call } from '../../api/client.ts';
import { useLive } from '../../api/live.ts';
import { isAdmin } from '../../api/session.ts';
import { count } from '../../format/numbers.ts';
import { Confirm } from '../../parts/confirm.tsx';
import { Empty } from '../../parts/empty.tsx';
import { Loaded } from '../../parts/loaded.tsx';
import { Name } from '../../parts/name.tsx';
import { Pager, usePages } from '../../parts/pager.tsx';
import { StateChip } from '../../parts/state-chip.tsx';
import { Table } from '../../parts/table.tsx';
import { When } from '../../parts/when.tsx';
import { at } from '../../routing/place.ts';
import { stateOf } from '../group/members/members-section.tsx';

export function ParticipantsPage() {
  const pages = usePages();
  const [removing, setRemoving] = useState<string | null>(null);
  const live = useLive(`participants ${pages.cursor ?? ''}`, (signal) =>
    call('listParticipants', { query: { limit: 100, cursor: pages.cursor }, signal }),
  );
  return (
    <>
      <div class="head">
        <h1>Participants</h1>
      </div>
      <div class="panel flush">
        <Loaded live={live} what="the participants" lines={12}>
          {({ items, next, total }) => (
            <>
              <Table
                caption="Participants"
                rows={items}
                rowKey={({ id }) => id}
                empty={<Empty title="Nobody takes part yet">Whoever joins a group is listed here.</Empty>}
                columns={[
                  { title: 'Name', isName: true, cell: ({ name }) => <Name name={name} /> },
                  { title: 'State', cell: (participant) => <StateChip state={stateOf(participant)} /> },
                  {
                    title: 'Groups',
                    cell: ({ name, groups }) => (
                      <span class="row">
                        {groups.slice(0, 4).map((group) => (
                          <Name key={group} name={group} href={at(['groups', group, 'members', name])} />
                        ))}
                        {groups.length > 4 && <span class="quiet">and {groups.length - 4} more</span>}
                        {groups.length === 0 && '–'}
                      </span>
                    ),
                  },
                  {
                    title: 'Answered',
                    isFigure: true,
                    cell: ({ asked, answered }) => `${count(answered)} of ${count(asked)}`,
                  },
                  { title: 'Last seen', cell: ({ lastSeenAt }) => <When at={lastSeenAt} none="never" /> },
                  ...(isAdmin.value
                    ? [
                        {
                          title: 'Change',
                          isMinor: true,
                          cell: ({ name, revoked }: { readonly name: string; readonly revoked: boolean }) =>
                            revoked ? null : (
                              <button type="button" class="danger small" onClick={() => setRemoving(name)}>
                                Remove<span class="unseen"> {name}</span>
                              </button>
                            ),
                        },
                      ]
                    : []),
                ]}
              />
              <Pager pages={pages} next={next} total={total} shown={items.length} noun="participant" />
            </>
          )}
        </Loaded>
      </div>
      {removing !== null && (
        <Confirm
          title={`Remove ${removing}?`}
          action="Remove"
          isDangerous
          done={`${removing} takes part no more`}
          onClose={() => setRemoving(null)}
          change={async () => {
            await call('removeParticipant', { params: { participant: removing } });
            live.again();
          }}
        >
          <p>
            All her keys are revoked and her memberships end. What she contributed stays in the checkpoints.
          </p>
        </Confirm>
      )}
    </>
  );
}
