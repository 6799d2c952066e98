// Invitations to a group: made here and shown once as a link, listed with who came by them, revoked.

import { formatInvitationLink } from '@colora/protocol/accounts/invitation-link';
import type { Invitation } from '@colora/protocol/accounts/invitations';
import type { TaskGroup } from '@colora/protocol/entities';
import { useState } from 'preact/hooks';
import { useChange } from '../../api/change.ts';
import { call } from '../../api/client.ts';
import { now } from '../../api/clock.ts';
import { useLive } from '../../api/live.ts';
import { commands } from '../../format/commands.ts';
import { count } from '../../format/numbers.ts';
import { announce } from '../../parts/announcer.tsx';
import { Command } from '../../parts/command.tsx';
import { Confirm } from '../../parts/confirm.tsx';
import { Empty } from '../../parts/empty.tsx';
import { Field } from '../../parts/field.tsx';
import { FormDialog } from '../../parts/form-dialog.tsx';
import { Loaded } from '../../parts/loaded.tsx';
import { Pager, usePages } from '../../parts/pager.tsx';
import { ShownOnce } from '../../parts/shown-once.tsx';
import { StateChip } from '../../parts/state-chip.tsx';
import { Table } from '../../parts/table.tsx';
import { When } from '../../parts/when.tsx';
import { QrCode } from './qr-code.tsx';

export function InvitationsSection({ group }: { readonly group: TaskGroup }) {
  const { name } = group;
  const pages = usePages();
  const [inviting, setInviting] = useState(false);
  const [revoking, setRevoking] = useState<Invitation | null>(null);
  const live = useLive(`invitations ${name} ${pages.cursor ?? ''}`, (signal) =>
    call('listInvitations', { params: { group: name }, query: { limit: 50, cursor: pages.cursor }, signal }),
  );
  return (
    <div class="stack">
      <div class="head">
        <p class="quiet">
          {group.access === 'open'
            ? 'This group is open: whoever reaches the coordinator may join.'
            : 'This group takes who has an invitation.'}
        </p>
        <div class="actions">
          <button type="button" class="main" onClick={() => setInviting(true)}>
            Invite
          </button>
        </div>
      </div>
      <div class="panel flush">
        <Loaded live={live} what="the invitations" lines={8}>
          {({ items, next, total }) => (
            <>
              <Table
                caption="Invitations, newest first"
                rows={items}
                rowKey={({ id }) => id}
                empty={<Empty title="No invitations yet" command={commands.invite(name, location.origin)} />}
                columns={[
                  { title: 'Made', isName: true, cell: ({ createdAt }) => <When at={createdAt} /> },
                  { title: 'By', isMinor: true, cell: ({ createdBy }) => <bdi>{createdBy}</bdi> },
                  { title: 'State', cell: (item) => <StateChip state={stateOf(item)} /> },
                  {
                    title: 'Used',
                    isFigure: true,
                    cell: ({ used, uses }) => `${count(used)} of ${count(uses)}`,
                  },
                  {
                    title: 'Came by it',
                    isMinor: true,
                    cell: ({ usedBy }) => <bdi>{usedBy.join(', ') || '–'}</bdi>,
                  },
                  { title: 'Ends', cell: ({ expiresAt }) => <When at={expiresAt} /> },
                  {
                    title: 'Change',
                    cell: (item) =>
                      stateOf(item) === 'active' ? (
                        <button type="button" class="danger small" onClick={() => setRevoking(item)}>
                          Revoke
                        </button>
                      ) : null,
                  },
                ]}
              />
              <Pager pages={pages} next={next} total={total} shown={items.length} noun="invitation" />
            </>
          )}
        </Loaded>
      </div>
      {inviting && (
        <InviteDialog
          group={name}
          onClose={() => {
            setInviting(false);
            live.again();
          }}
        />
      )}
      {revoking !== null && (
        <Confirm
          title="Revoke this invitation?"
          action="Revoke"
          isDangerous
          done="The invitation is revoked"
          onClose={() => setRevoking(null)}
          change={async () => {
            await call('revokeInvitation', { params: { group: name, id: revoking.id } });
            live.again();
          }}
        >
          <p>It lets nobody in any more. Who came by it stays.</p>
        </Confirm>
      )}
    </div>
  );
}

function stateOf({ revokedAt, expiresAt, used, uses }: Invitation): string {
  if (revokedAt !== null) return 'revoked';
  if (Date.parse(expiresAt) <= now.value) return 'expired';
  return used >= uses ? 'used' : 'active';
}

const day = 24 * 3600;

function InviteDialog({ group, onClose }: { readonly group: string; readonly onClose: () => void }) {
  const [uses, setUses] = useState('1');
  const [days, setDays] = useState('7');
  const [link, setLink] = useState<string | null>(null);
  const change = useChange(async () => {
    const body = { uses: Number(uses), expiresInSeconds: Math.round(Number(days) * day) };
    const { invitation } = await call('createInvitation', { params: { group }, body });
    setLink(formatInvitationLink({ url: location.origin, group, invitation }));
    announce('The invitation is made');
  });
  if (link !== null)
    return (
      <ShownOnce title="Invitation" onClose={onClose}>
        <p>Send this link to whom you invite. It is shown now and never again.</p>
        <Command text={link} label="link" />
        <QrCode text={link} label="QR code of the link" />
        <p class="quiet">She runs, on the machine with her examples:</p>
        <Command text={commands.joinByLink(link)} />
      </ShownOnce>
    );
  return (
    <FormDialog
      title="Invite"
      action="Make the invitation"
      acting="Making…"
      change={change}
      submit={change.run}
      onClose={onClose}
    >
      <div class="fields">
        <Field label="Newcomers it lets in">
          {(attributes) => (
            <input
              {...attributes}
              type="number"
              min={1}
              max={10_000}
              required
              value={uses}
              onInput={(event) => setUses(event.currentTarget.value)}
            />
          )}
        </Field>
        <Field label="Days until it ends">
          {(attributes) => (
            <input
              {...attributes}
              type="number"
              min={1}
              max={365}
              required
              value={days}
              onInput={(event) => setDays(event.currentTarget.value)}
            />
          )}
        </Field>
      </div>
    </FormDialog>
  );
}
