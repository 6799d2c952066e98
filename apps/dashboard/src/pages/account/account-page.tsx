// Who is signed in: what the key may do, and the browsers that are signed in with it.
import type { Session } from '@colora/protocol/accounts/sessions';
import { useChange } from '../../api/change.ts';
import { call } from '../../api/client.ts';
import { useLive } from '../../api/live.ts';
import { me, openSession } from '../../api/session.ts';
import { announce } from '../../parts/announcer.tsx';
import { Facts } from '../../parts/facts.tsx';
import { Loaded } from '../../parts/loaded.tsx';
import { Name } from '../../parts/name.tsx';
import { Table } from '../../parts/table.tsx';
import { TroubleNote } from '../../parts/trouble-note.tsx';
import { When } from '../../parts/when.tsx';

const may = {
  admin: 'may do everything: make groups, invite, give keys',
  operator: 'may keep groups running, and sees all of them',
  participant: 'takes part in groups, and sees her own part',
} as const;

export function AccountPage() {
  const { name, role, groups, keyExpiresAt, session } = me.value!;
  return (
    <>
      <div class="head">
        <h1>
          <Name name={name} />
        </h1>
      </div>
      <section class="panel" aria-label="The key">
        <Facts
          facts={[
            ['Role', `${role}: ${may[role]}`],
            ['Good for', groups === null ? 'all groups' : groups.join(', ')],
            ['The key ends', <When key="key" at={keyExpiresAt} none="never" />],
            ['This session ends', session === null ? null : <When key="session" at={session.endsAt} />],
          ]}
        />
      </section>
      <Sessions />
    </>
  );
}

function Sessions() {
  const live = useLive('sessions', (signal) => call('listSessions', { query: { limit: 100 }, signal }));
  const end = useChange(async (id: string) => {
    await call('endSession', { params: { id } });
    announce('The session is ended');
    live.again();
  });
  const endAll = useChange(async () => {
    await call('endSessions', {});
    await openSession();
  });
  return (
    <div class="panel flush">
      <h2 class="head">
        Browsers that are signed in with this key
        <span class="actions">
          <button type="button" class="danger small" disabled={endAll.busy} onClick={() => void endAll.run()}>
            Sign out everywhere
          </button>
        </span>
      </h2>
      <TroubleNote trouble={end.trouble ?? endAll.trouble} />
      <Loaded live={live} what="the sessions" lines={5}>
        {({ items }) => (
          <Table
            caption="Sessions"
            rows={items}
            rowKey={({ id }) => id}
            empty={null}
            columns={[
              {
                title: 'Browser',
                isName: true,
                cell: (item) => <span title={item.agent ?? undefined}>{agentText(item)}</span>,
              },
              { title: 'Address', isMinor: true, cell: ({ address }) => address },
              { title: 'Signed in', cell: ({ createdAt }) => <When at={createdAt} /> },
              { title: 'Last used', isMinor: true, cell: ({ lastUsedAt }) => <When at={lastUsedAt} /> },
              { title: 'Ends', cell: ({ expiresAt }) => <When at={expiresAt} /> },
              {
                title: 'Change',
                cell: ({ id, isOwn }) =>
                  isOwn ? (
                    'this one'
                  ) : (
                    <button
                      type="button"
                      class="danger small"
                      disabled={end.busy}
                      onClick={() => void end.run(id)}
                    >
                      End
                    </button>
                  ),
              },
            ]}
          />
        )}
      </Loaded>
    </div>
  );
}

/** "Chrome on Linux", as far as a browser says it. */
function agentText({ agent }: Session): string {
  if (agent === null) return 'unknown';
  const browser = /(Firefox|Edg|Chrome|Safari)/.exec(agent)?.[1]?.replace('Edg', 'Edge');
  const system = /(Windows|Android|iPhone|Mac OS|Linux)/.exec(agent)?.[1];
  return browser === undefined
    ? agent.slice(0, 40)
    : `${browser}${system === undefined ? '' : ` on ${system}`}`;
}
