// One member as those who run the group see her: what her machine sent and when, what was refused and why, what she reported.
import { machineText } from '@colora/protocol/accounts/machine-text';
import type { GroupEvent, Metric, Participant, TaskGroup } from '@colora/protocol/entities';
import { useState } from 'preact/hooks';
import { call } from '../../../api/client.ts';
import { about, useLive } from '../../../api/live.ts';
import { isAdmin } from '../../../api/session.ts';
import { SeriesChart } from '../../../charts/series-chart.tsx';
import { count, counted, figure } from '../../../format/numbers.ts';
import { span } from '../../../format/times.ts';
import { Confirm } from '../../../parts/confirm.tsx';
import { Empty } from '../../../parts/empty.tsx';
import { Facts } from '../../../parts/facts.tsx';
import { Loaded } from '../../../parts/loaded.tsx';
import { Name } from '../../../parts/name.tsx';
import { StateChip } from '../../../parts/state-chip.tsx';
import { When } from '../../../parts/when.tsx';
import { go } from '../../../routing/place.ts';
import { EventTable } from '../event-table.tsx';
import { stateOf } from './members-section.tsx';

interface MemberProps {
  readonly group: TaskGroup;
  readonly participant: string;
}

export function MemberSection({ group, participant }: MemberProps) {
  const { name } = group;
  const params = { group: name };
  const member = useLive(
    `member ${name} ${participant}`,
    async (signal) => {
      const { items } = await call('listParticipants', {
        query: { group: name, participant, limit: 1 },
        signal,
      });
      return items[0] ?? null;
    },
    { hears: about(name), every: { hinted: 15, alone: 6 } },
  );
  const metrics = useLive(
    `metrics ${name} ${participant}`,
    async (signal) =>
      (await call('listMetrics', { params, query: { participant, limit: 1000 }, signal })).items,
    { hears: about(name) },
  );
  const events = useLive(
    `events ${name} of ${participant}`,
    async (signal) => (await call('listEvents', { params, query: { participant, limit: 50 }, signal })).items,
    { hears: about(name) },
  );
  return (
    <div class="stack">
      <div class="head">
        <h2>
          <Name name={participant} />
        </h2>
        {member.value != null && <StateChip state={stateOf(member.value, name)} />}
        {isAdmin.value && <Remove group={name} participant={participant} />}
      </div>
      <section class="panel" aria-label="The member">
        <Loaded live={member} what="the member" lines={3}>
          {(found) => <MemberFacts member={found} />}
        </Loaded>
      </section>
      <Loaded live={metrics} what="what she reported" lines={10}>
        {(items) => <Reported items={items} />}
      </Loaded>
      <div class="panel flush">
        <h2>What happened</h2>
        <Loaded live={events} what="the events" lines={8}>
          {(items: GroupEvent[]) => <EventTable group={name} events={items} />}
        </Loaded>
      </div>
    </div>
  );
}

function MemberFacts({ member }: { readonly member: Participant | null }) {
  if (member === null) return <p>Nobody of that name is a member of this group, or has been.</p>;
  const { asked, answered, missed, usual, lastError, lastSeenAt, createdAt, groups, machine } = member;
  const time = (seconds: number | null | undefined) => (seconds == null ? null : span(seconds));
  return (
    <Facts
      facts={[
        ['Answered', `${count(answered)} of the last ${counted(asked, 'round')}`],
        ['Silent in a row', counted(missed, 'round')],
        ['Usually trains for', time(usual?.training)],
        ['Usually downloads in', time(usual?.download)],
        ['Usually uploads in', time(usual?.upload)],
        ['Trains with', machine === null ? null : `${machineText(machine)}, version ${machine.version}`],
        ['Last seen', <When key="seen" at={lastSeenAt} none="never" />],
        ['Enrolled', <When key="enrolled" at={createdAt} />],
        ['Groups', <bdi key="groups">{groups.join(', ') || '–'}</bdi>],
        [
          'Last error',
          lastError === null ? null : (
            <span key="error">
              {lastError.text}
              <br />
              <span class="quiet">
                <When at={lastError.at} />
                {lastError.mend !== null && `: ${lastError.mend}`}
              </span>
            </span>
          ),
        ],
      ]}
    />
  );
}

function Remove({ group, participant }: { readonly group: string; readonly participant: string }) {
  const [asking, setAsking] = useState(false);
  return (
    <div class="actions">
      <button type="button" class="danger small" onClick={() => setAsking(true)}>
        Remove from the group
      </button>
      {asking && (
        <Confirm
          title={`Remove ${participant}?`}
          action="Remove"
          isDangerous
          done={`${participant} is no member any more`}
          onClose={() => setAsking(false)}
          change={async () => {
            await call('removeMember', { params: { group, participant } });
            go(['groups', group, 'members']);
          }}
        >
          <p>
            Her machine is asked nothing any more, and comes again by an invitation only. What she contributed
            stays.
          </p>
        </Confirm>
      )}
    </div>
  );
}

const shown = [
  ['heldOutLoss', 'Loss on her held-out examples', figure],
  ['accuracy', 'Right on her held-out examples', (value: number) => `${figure(100 * value)} %`],
] as const;

function Reported({ items }: { readonly items: readonly Metric[] }) {
  const charts = shown.filter(([name]) =>
    items.some((metric) => metric.name === name && metric.round !== null),
  );
  if (charts.length === 0)
    return (
      <div class="panel">
        <Empty title="She has reported no figures yet">
          Members evaluate on their own held-out examples after each round.
        </Empty>
      </div>
    );
  return (
    <div class="grid">
      {charts.map(([name, title, format]) => {
        const points = items
          .filter((metric) => metric.name === name && metric.round !== null)
          .sort((a, b) => a.round! - b.round!);
        return (
          <SeriesChart
            key={name}
            title={title}
            rounds={points.map(({ round }) => round!)}
            lines={[{ label: 'hers', values: points.map(({ value }) => value) }]}
            format={format}
          />
        );
      })}
    </div>
  );
}
