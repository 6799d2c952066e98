// The audit trail: who did what, newest first, read page by page however long it is.
import { eventKinds } from '@colora/protocol/audit/event-kinds';
import { useState } from 'preact/hooks';
import { call } from '../../api/client.ts';
import { useLive } from '../../api/live.ts';
import { commands } from '../../format/commands.ts';
import { count } from '../../format/numbers.ts';
import { moment } from '../../format/times.ts';
import { sentence } from '../../format/words.ts';
import { Empty } from '../../parts/empty.tsx';
import { Field } from '../../parts/field.tsx';
import { Loaded } from '../../parts/loaded.tsx';
import { Name } from '../../parts/name.tsx';
import { Pager, usePages } from '../../parts/pager.tsx';
import { Table } from '../../parts/table.tsx';
import { at, go, place } from '../../routing/place.ts';
import { detailText } from '../group/event-table.tsx';

export function AuditPage() {
  const filter = { group: place.value.query.get('group') ?? '', kind: place.value.query.get('kind') ?? '' };
  const [group, setGroup] = useState(filter.group);
  const [kind, setKind] = useState(filter.kind);
  const pages = usePages();
  const query = Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== ''));
  const live = useLive(`audit ${JSON.stringify(query)} ${pages.cursor ?? ''}`, (signal) =>
    call('listAudit', { query: { ...query, limit: 50, cursor: pages.cursor }, signal }),
  );
  const submit = (event: Event) => {
    event.preventDefault();
    pages.reset();
    go(['audit'], {
      ...(group === '' ? {} : { group: group.trim() }),
      ...(kind === '' ? {} : { kind }),
    });
  };
  return (
    <>
      <div class="head">
        <h1>Audit</h1>
        {live.value?.head != null && (
          <span class="quiet">
            {count(live.value.head.seq)} entries, the last one’s hash is{' '}
            <code title={live.value.head.hash}>{live.value.head.hash.slice(0, 12)}…</code>
          </span>
        )}
      </div>
      <form class="filters" onSubmit={submit}>
        <Field label="Group">
          {(attributes) => (
            <input
              {...attributes}
              dir="auto"
              value={group}
              onInput={(event) => setGroup(event.currentTarget.value)}
            />
          )}
        </Field>
        <Field label="Kind">
          {(attributes) => (
            <select {...attributes} value={kind} onChange={(event) => setKind(event.currentTarget.value)}>
              <option value="">all</option>
              {eventKinds.map((one) => (
                <option key={one} value={one}>
                  {one}
                </option>
              ))}
            </select>
          )}
        </Field>
        <button type="submit">Show</button>
      </form>
      <div class="panel flush">
        <Loaded live={live} what="the audit trail" lines={14}>
          {({ items, next, total }) => (
            <>
              <Table
                caption="Audit trail, newest first"
                rows={items}
                rowKey={({ seq }) => seq}
                empty={<Empty title="Nothing of that kind happened" />}
                columns={[
                  { title: '#', isFigure: true, isMinor: true, cell: ({ seq }) => count(seq) },
                  { title: 'When', cell: (entry) => <time dateTime={entry.at}>{moment(entry.at)}</time> },
                  { title: 'What', isName: true, cell: (entry) => sentence(entry.kind.replaceAll('-', ' ')) },
                  {
                    title: 'Who',
                    cell: ({ by, role, participant }) =>
                      by === null && participant === null ? (
                        <span class="quiet">the coordinator</span>
                      ) : (
                        <>
                          <Name name={by ?? participant!} />{' '}
                          <span class="quiet">{role ?? 'participant'}</span>
                        </>
                      ),
                  },
                  {
                    title: 'Group',
                    isMinor: true,
                    cell: (entry) =>
                      entry.group === null ? (
                        '–'
                      ) : (
                        <Name name={entry.group} href={at(['groups', entry.group])} />
                      ),
                  },
                  { title: 'From', isMinor: true, cell: ({ address }) => address ?? '–' },
                  {
                    title: 'Details',
                    isMinor: true,
                    cell: ({ detail }) => <span dir="auto">{detailText(fields(detail))}</span>,
                  },
                ]}
              />
              <Pager
                pages={pages}
                next={next}
                total={total}
                shown={items.length}
                noun="entry"
                plural="entries"
              />
            </>
          )}
        </Loaded>
      </div>
      <p class="quiet">
        Whether nobody changed it: <code>{commands.verifyAudit(location.origin)}</code>
      </p>
    </>
  );
}

/** As the database wrote it. */
function fields(detail: string): Record<string, unknown> {
  const value: unknown = JSON.parse(detail);
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
