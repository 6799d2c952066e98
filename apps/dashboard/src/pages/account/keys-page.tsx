// API keys: who has which, made here and shown once, rotated by their holders, revoked.
import type { ApiKey } from '@colora/protocol/accounts/keys';
import { useState } from 'preact/hooks';
import { call } from '../../api/client.ts';
import { now } from '../../api/clock.ts';
import { useLive } from '../../api/live.ts';
import { Confirm } from '../../parts/confirm.tsx';
import { Loaded } from '../../parts/loaded.tsx';
import { Name } from '../../parts/name.tsx';
import { Pager, usePages } from '../../parts/pager.tsx';
import { StateChip } from '../../parts/state-chip.tsx';
import { Table } from '../../parts/table.tsx';
import { When } from '../../parts/when.tsx';
import { NewKeyDialog } from './new-key-dialog.tsx';

export function KeysPage() {
  const pages = usePages();
  const [making, setMaking] = useState(false);
  const [revoking, setRevoking] = useState<ApiKey | null>(null);
  const live = useLive(`keys ${pages.cursor ?? ''}`, (signal) =>
    call('listKeys', { query: { limit: 50, cursor: pages.cursor, sort: 'newest' }, signal }),
  );
  return (
    <>
      <div class="head">
        <h1>Keys</h1>
        <div class="actions">
          <button type="button" class="main" onClick={() => setMaking(true)}>
            New key
          </button>
        </div>
      </div>
      <div class="panel flush">
        <Loaded live={live} what="the keys" lines={10}>
          {({ items, next, total }) => (
            <>
              <Table
                caption="API keys"
                rows={items}
                rowKey={({ id }) => id}
                empty={null}
                columns={[
                  { title: 'Name', isName: true, cell: ({ name }) => <Name name={name} /> },
                  { title: 'Role', cell: ({ role }) => role },
                  { title: 'State', cell: (key) => <StateChip state={stateOf(key)} /> },
                  {
                    title: 'Good for',
                    isMinor: true,
                    cell: ({ groups }) => <bdi>{groups?.join(', ') ?? 'all groups'}</bdi>,
                  },
                  { title: 'Last used', cell: ({ lastUsedAt }) => <When at={lastUsedAt} none="never" /> },
                  { title: 'Made', isMinor: true, cell: ({ createdAt }) => <When at={createdAt} /> },
                  {
                    title: 'Ends',
                    isMinor: true,
                    cell: ({ expiresAt }) => <When at={expiresAt} none="never" />,
                  },
                  {
                    title: 'Change',
                    cell: (key) =>
                      stateOf(key) === 'active' ? (
                        <button type="button" class="danger small" onClick={() => setRevoking(key)}>
                          Revoke<span class="unseen"> the key of {key.name}</span>
                        </button>
                      ) : null,
                  },
                ]}
              />
              <Pager pages={pages} next={next} total={total} shown={items.length} noun="key" />
            </>
          )}
        </Loaded>
      </div>
      {making && (
        <NewKeyDialog
          onClose={() => {
            setMaking(false);
            live.again();
          }}
        />
      )}
      {revoking !== null && (
        <Confirm
          title={`Revoke the key of ${revoking.name}?`}
          action="Revoke"
          isDangerous
          done={`The key of ${revoking.name} is revoked`}
          onClose={() => setRevoking(null)}
          change={async () => {
            await call('revokeKey', { params: { id: revoking.id } });
            live.again();
          }}
        >
          <p>
            It lets nobody in from now on, for good. A participant without any other key leaves her groups.
          </p>
        </Confirm>
      )}
    </>
  );
}

function stateOf({ revokedAt, expiresAt }: ApiKey): string {
  if (revokedAt !== null) return 'revoked';
  return expiresAt !== null && Date.parse(expiresAt) <= now.value ? 'expired' : 'active';
}
