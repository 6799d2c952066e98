// What happened in a group, newest first, all of it or one kind.
import type { EventKind } from '@colora/protocol/audit/event-kinds';
import type { TaskGroup } from '@colora/protocol/entities';
import { useState } from 'preact/hooks';
import { call } from '../../api/client.ts';
import { about, useLive } from '../../api/live.ts';
import { Field } from '../../parts/field.tsx';
import { Loaded } from '../../parts/loaded.tsx';
import { Pager, usePages } from '../../parts/pager.tsx';
import { EventTable } from './event-table.tsx';

const kinds = [
  ['', 'Everything'],
  ['contribution-refused', 'Refused contributions'],
  ['round-failed', 'Failed rounds'],
  ['group-paused', 'Pauses'],
] as const satisfies readonly (readonly [EventKind | '', string])[];
type Shown = (typeof kinds)[number][0];

export function EventsSection({ group }: { readonly group: TaskGroup }) {
  const { name } = group;
  const [kind, setKind] = useState<Shown>('');
  const pages = usePages();
  const live = useLive(
    `events ${name} ${kind} ${pages.cursor ?? ''}`,
    (signal) =>
      call('listEvents', {
        params: { group: name },
        query: { limit: 50, cursor: pages.cursor, ...(kind === '' ? {} : { kind }) },
        signal,
      }),
    { hears: about(name) },
  );
  return (
    <div class="stack">
      <div class="filters">
        <Field label="Show">
          {(attributes) => (
            <select
              {...attributes}
              value={kind}
              onChange={(event) => {
                setKind(event.currentTarget.value as Shown); // one of the options below
                pages.reset();
              }}
            >
              {kinds.map(([value, title]) => (
                <option key={value} value={value}>
                  {title}
                </option>
              ))}
            </select>
          )}
        </Field>
      </div>
      <div class="panel flush">
        <Loaded live={live} what="the events" lines={12}>
          {({ items, next, total }) => (
            <>
              <EventTable group={name} events={items} />
              <Pager pages={pages} next={next} total={total} shown={items.length} noun="event" />
            </>
          )}
        </Loaded>
      </div>
    </div>
  );
}
