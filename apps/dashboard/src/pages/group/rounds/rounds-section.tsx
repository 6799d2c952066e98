// The rounds of a group, newest first.
import type { TaskGroup } from '@colora/protocol/entities';
import { call } from '../../../api/client.ts';
import { about, useLive } from '../../../api/live.ts';
import { commands } from '../../../format/commands.ts';
import { count, figure } from '../../../format/numbers.ts';
import { span } from '../../../format/times.ts';
import { Empty } from '../../../parts/empty.tsx';
import { Loaded } from '../../../parts/loaded.tsx';
import { Pager, usePages } from '../../../parts/pager.tsx';
import { StateChip } from '../../../parts/state-chip.tsx';
import { Table } from '../../../parts/table.tsx';
import { When } from '../../../parts/when.tsx';
import { at } from '../../../routing/place.ts';

export function RoundsSection({ group }: { readonly group: TaskGroup }) {
  const { name } = group;
  const pages = usePages();
  const live = useLive(
    `rounds ${name} page ${pages.cursor ?? ''}`,
    (signal) =>
      call('listRounds', { params: { group: name }, query: { limit: 50, cursor: pages.cursor }, signal }),
    { hears: about(name) },
  );
  return (
    <div class="panel flush">
      <Loaded live={live} what="the rounds" lines={12}>
        {({ items, next, total }) => (
          <>
            <Table
              caption="Rounds, newest first"
              rows={items}
              rowKey={({ number }) => number}
              empty={<Empty title="No rounds yet" command={commands.start(name, location.origin)} />}
              columns={[
                {
                  title: 'Round',
                  isName: true,
                  cell: ({ number }) => <a href={at(['groups', name, 'rounds', number])}>{number}</a>,
                },
                { title: 'State', cell: ({ state }) => <StateChip state={state} /> },
                {
                  title: 'Contributions',
                  isFigure: true,
                  cell: ({ contributions, cohort }) => `${count(contributions)} of ${count(cohort)}`,
                },
                { title: 'Loss', isFigure: true, cell: ({ metrics }) => figureOr(metrics.sharedLoss) },
                {
                  title: 'Update norm',
                  isFigure: true,
                  isMinor: true,
                  cell: ({ metrics }) => figureOr(metrics.updateNorm),
                },
                {
                  title: 'Lasted',
                  isFigure: true,
                  isMinor: true,
                  cell: ({ openedAt, committedAt }) =>
                    committedAt === null
                      ? '–'
                      : span((Date.parse(committedAt) - Date.parse(openedAt)) / 1000),
                },
                { title: 'Opened', cell: ({ openedAt }) => <When at={openedAt} /> },
                {
                  title: 'Remark',
                  isMinor: true,
                  cell: ({ attempt, reason }) =>
                    [attempt > 1 ? `attempt ${attempt}` : '', reason ?? ''].filter(Boolean).join('; '),
                },
              ]}
            />
            <Pager pages={pages} next={next} total={total} shown={items.length} noun="round" />
          </>
        )}
      </Loaded>
    </div>
  );
}

const figureOr = (value: number | undefined) => (value === undefined ? '–' : figure(value));
