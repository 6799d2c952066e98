// What happened in a group as rows: when, what, who, and the details in words.
import type { GroupEvent } from '@colora/protocol/entities';
import { sentence } from '../../format/words.ts';
import { Empty } from '../../parts/empty.tsx';
import { Name } from '../../parts/name.tsx';
import { Table } from '../../parts/table.tsx';
import { When } from '../../parts/when.tsx';
import { at } from '../../routing/place.ts';

export function EventTable({
  group,
  events,
}: {
  readonly group: string;
  readonly events: readonly GroupEvent[];
}) {
  return (
    <Table
      caption="Events, newest first"
      rows={events}
      rowKey={(event) =>
        `${event.at} ${event.kind} ${event.round} ${event.participant} ${JSON.stringify(event.detail)}`
      }
      empty={<Empty title="Nothing happened yet" />}
      columns={[
        { title: 'When', cell: (event) => <When at={event.at} /> },
        { title: 'What', isName: true, cell: ({ kind }) => sentence(kind.replaceAll('-', ' ')) },
        {
          title: 'Round',
          isFigure: true,
          cell: ({ round }) =>
            round === null ? '–' : <a href={at(['groups', group, 'rounds', round])}>{round}</a>,
        },
        {
          title: 'Who',
          cell: ({ participant, by }) =>
            participant !== null ? (
              <Name name={participant} href={at(['groups', group, 'members', participant])} />
            ) : by === null ? (
              <span class="quiet">the coordinator</span>
            ) : (
              <Name name={by} />
            ),
        },
        { title: 'Details', cell: ({ detail }) => <span dir="auto">{detailText(detail)}</span> },
      ]}
    />
  );
}

/** `message` says it where there is one; else the fields with their names. Long ones are cut: the audit trail has them whole. */
export function detailText(detail: Readonly<Record<string, unknown>>): string {
  const { message, code, ...others } = detail;
  if (typeof message === 'string') return code === undefined ? message : `${message} (${String(code)})`;
  const parts = Object.entries({ ...(code === undefined ? {} : { code }), ...others }).map(
    ([name, value]) => `${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  const text = parts.join(', ');
  return text.length > 120 ? `${text.slice(0, 119)}…` : text;
}
