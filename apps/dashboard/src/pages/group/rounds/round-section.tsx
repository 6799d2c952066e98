// One round as it goes, or went: how far each member got and when, what counted, what was refused and why.
import type { RoundDetail, TaskGroup } from '@colora/protocol/entities';
import { computed } from '@preact/signals';
import { useMemo, useState } from 'preact/hooks';
import { call } from '../../../api/client.ts';
import { now } from '../../../api/clock.ts';
import { about, useLive } from '../../../api/live.ts';
import { bytes, count, figure, percent } from '../../../format/numbers.ts';
import { span } from '../../../format/times.ts';
import { Confirm } from '../../../parts/confirm.tsx';
import { Empty } from '../../../parts/empty.tsx';
import { type Fact, Facts } from '../../../parts/facts.tsx';
import { Loaded } from '../../../parts/loaded.tsx';
import { Name } from '../../../parts/name.tsx';
import { Pager, usePages } from '../../../parts/pager.tsx';
import { StateChip } from '../../../parts/state-chip.tsx';
import { Table } from '../../../parts/table.tsx';
import { When } from '../../../parts/when.tsx';
import { at } from '../../../routing/place.ts';
import { TimelinePanel } from './timeline-panel.tsx';

const pageSize = 50;

export function RoundSection({ group, number }: { readonly group: TaskGroup; readonly number: number }) {
  const { name } = group;
  const pages = usePages();
  const live = useLive(
    `round ${name} ${number} ${pages.cursor ?? ''}`,
    (signal) =>
      call('showRound', {
        params: { group: name, round: number },
        query: { limit: pageSize, cursor: pages.cursor },
        signal,
      }),
    { hears: about(name), every: { hinted: 15, alone: 4 } },
  );
  return (
    <Loaded live={live} what="the round" lines={16}>
      {(round) => (
        <div class="stack">
          <RoundHead group={group} round={round} again={live.again} />
          <section class="panel" aria-label="How it goes">
            <Facts facts={factsOf(round)} />
          </section>
          <TimelinePanel group={name} number={number} />
          <Contributions group={name} round={round} />
          <Pager
            pages={pages}
            next={round.next}
            total={round.contributions}
            shown={round.contributionList.length}
            noun="contribution"
          />
        </div>
      )}
    </Loaded>
  );
}

function RoundHead({
  group,
  round,
  again,
}: {
  readonly group: TaskGroup;
  readonly round: RoundDetail;
  readonly again: () => void;
}) {
  const [cancelling, setCancelling] = useState(false);
  const { name } = group;
  const { number, state } = round;
  const isLive = state === 'collecting';
  return (
    <div class="head">
      <h2>Round {number}</h2>
      <StateChip state={state} />
      {isLive && <TimeLeft deadlineAt={round.deadlineAt} />}
      <div class="actions">
        {number > 1 && (
          <a class="button small" href={at(['groups', name, 'rounds', number - 1])}>
            Round {number - 1}
          </a>
        )}
        {number <= group.committedRounds && (
          <a class="button small" href={at(['groups', name, 'rounds', number + 1])}>
            Round {number + 1}
          </a>
        )}
        {isLive && (
          <button type="button" class="danger small" onClick={() => setCancelling(true)}>
            Cancel the round
          </button>
        )}
      </div>
      {cancelling && (
        <Confirm
          title={`Cancel round ${number}?`}
          action="Cancel the round"
          isDangerous
          done={`Round ${number} is cancelled`}
          onClose={() => setCancelling(false)}
          change={async () => {
            await call('cancelRound', { params: { group: name, round: number } });
            again();
          }}
        >
          <p>It fails, and the {round.contributions} contributions that it has are listed as refused.</p>
        </Confirm>
      )}
    </div>
  );
}

/** By the coordinator's clock. */
function TimeLeft({ deadlineAt }: { readonly deadlineAt: string }) {
  const text = useMemo(() => computed(() => timeLeft(Date.parse(deadlineAt) - now.value)), [deadlineAt]);
  return <span class="quiet">{text}</span>;
}

function timeLeft(ms: number): string {
  return ms > 0 ? `deadline in ${span(Math.ceil(ms / 1000))}` : 'deadline is over';
}

function factsOf(round: RoundDetail): Fact[] {
  const {
    contributions,
    cohort,
    wanted,
    attempt,
    reason,
    normLimit,
    metrics,
    openedAt,
    committedAt,
    missing,
    missingTotal,
  } = round;
  const said = (value: number | undefined, format: (value: number) => string) =>
    value === undefined ? null : format(value);
  return [
    ['Contributions', `${count(contributions)} of ${count(wanted)} wanted`],
    ['Asked', `${count(cohort)}${attempt > 1 ? `, attempt ${attempt}` : ''}`],
    ['Made at', `checkpoint v${round.version}`],
    ['Opened', <When key="opened" at={openedAt} />],
    ['Lasted', committedAt === null ? null : span((Date.parse(committedAt) - Date.parse(openedAt)) / 1000)],
    ['Closing took', said(metrics.aggregationSeconds, span)],
    ['Loss, shared steps', said(metrics.sharedLoss, figure)],
    ['Loss, personal steps', said(metrics.personalLoss, figure)],
    ['Norm of the update', said(metrics.updateNorm, figure)],
    ['Takes norms to', normLimit === null ? null : figure(normLimit)],
    ['Examples', said(metrics.examples, count)],
    [
      'Missing',
      missingTotal === 0
        ? null
        : `${missing.slice(0, 5).join(', ')}${missingTotal > 5 ? ` and ${count(missingTotal - 5)} more` : ''}`,
    ],
    ['Reason', reason],
  ];
}

function Contributions({ group, round }: { readonly group: string; readonly round: RoundDetail }) {
  return (
    <div class="panel flush">
      <h2>Contributions</h2>
      <Table
        caption={`Contributions to round ${round.number}`}
        rows={round.contributionList}
        rowKey={({ participant, madeFor }) => `${participant} ${madeFor}`}
        empty={<Empty title="None yet">They are listed as they come.</Empty>}
        columns={[
          {
            title: 'Member',
            isName: true,
            cell: ({ participant }) => (
              <Name name={participant} href={at(['groups', group, 'members', participant])} />
            ),
          },
          { title: 'Weight', isFigure: true, cell: ({ weight }) => figure(weight) },
          { title: 'Norm', isFigure: true, cell: ({ norm }) => figure(norm) },
          {
            title: 'Part of the update',
            isFigure: true,
            isMinor: true,
            cell: ({ part }) => (part === null ? '–' : part === 0 ? 'left out' : percent(part)),
          },
          { title: 'Size', isFigure: true, cell: (item) => bytes(item.bytes) },
          {
            title: 'Late by',
            isMinor: true,
            cell: ({ staleness, madeFor }) =>
              staleness === 0 ? '–' : `${staleness} versions (round ${madeFor})`,
          },
          { title: 'Received', cell: ({ receivedAt }) => <When at={receivedAt} /> },
        ]}
      />
    </div>
  );
}
