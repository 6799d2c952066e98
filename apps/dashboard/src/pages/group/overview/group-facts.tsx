// How far a group is, in facts: what is counted, not what is set (settings/ shows that).
import type { TaskGroup } from '@colora/protocol/entities';
import { call } from '../../../api/client.ts';
import { about, useLive } from '../../../api/live.ts';
import { bytes, count, counted, percent } from '../../../format/numbers.ts';
import { span } from '../../../format/times.ts';
import { type Fact, Facts } from '../../../parts/facts.tsx';
import { When } from '../../../parts/when.tsx';
import { at } from '../../../routing/place.ts';

export function GroupFacts({ group }: { readonly group: TaskGroup }) {
  const { name, settings, committedRounds, members, online, checkpoint } = group;
  const { value: verdicts } = useLive(
    `verdicts ${name}`,
    (signal) => call('countVerdicts', { params: { group: name }, signal }),
    { hears: about(name), every: { hinted: 60, alone: 20 } },
  );
  const { value: steps } = useLive(
    `step times ${name}`,
    (signal) => call('showStepTimes', { params: { group: name }, signal }),
    { hears: about(name), every: { hinted: 60, alone: 20 } },
  );
  const { value: storage } = useLive('storage', (signal) => call('showStorage', { signal }), {
    every: { hinted: 300, alone: 300 },
  });
  const stored = storage?.groups.find((one) => one.group === name);
  const facts: Fact[] = [
    [
      'Rounds',
      <>
        {count(committedRounds)} of {count(settings.rounds.count)}
        <progress max={settings.rounds.count} value={committedRounds} aria-label="Rounds" />
      </>,
    ],
    [
      'Members online',
      <a key="members" href={at(['groups', name, 'members'])}>
        {count(online)} of {count(members)}
      </a>,
    ],
    [
      'Checkpoint',
      checkpoint === null ? (
        'none yet'
      ) : (
        <>
          v{checkpoint.version}, {bytes(checkpoint.bytes)}
          <br />
          <span class="quiet">
            <When at={checkpoint.createdAt} />
          </span>
        </>
      ),
    ],
    ...(group.privacy === null
      ? []
      : ([
          [
            'Privacy spent',
            `epsilon ${group.privacy.spent.toPrecision(4)} of ${group.privacy.epsilon} at delta ${group.privacy.delta}`,
          ],
        ] satisfies Fact[])),
    ['Did it help', <Verdicts key="verdicts" verdicts={verdicts} />],
    [
      'Slowest step',
      steps === undefined || steps.slowestStepSeconds === null ? (
        <span class="quiet">nobody told</span>
      ) : (
        <>
          {span(steps.slowestStepSeconds)}
          <br />
          <span class="quiet">
            {counted(steps.steps, 'step')} a round, deadline {span(steps.deadlineSeconds)}
          </span>
        </>
      ),
    ],
    [
      'Stored',
      stored === undefined ? null : (
        <>
          {bytes(stored.bytes)}
          <br />
          <span class="quiet">
            {counted(stored.checkpoints.count, 'checkpoint')},{' '}
            {counted(stored.contributions.count, 'contribution')}
            {stored.freeable.byUsual > 0 && `; usual retention frees ${bytes(stored.freeable.byUsual)}`}
          </span>
        </>
      ),
    ],
    ['Trained on', settings.baseModel.name],
  ];
  return (
    <section class="panel" aria-label="How far it is">
      <Facts facts={facts} />
    </section>
  );
}

const signed = (share: number) => `${share < 0 ? '−' : '+'}${percent(Math.abs(share))}`;

interface Verdict {
  readonly members: number;
  readonly told: number;
  readonly helped: number;
  readonly noGainSeen: number;
  readonly tooEarly: number;
  /** Null while too few told. */
  readonly figures: { readonly gain: { readonly mean: number } } | null;
}

function Verdicts({ verdicts }: { readonly verdicts: Verdict | undefined }) {
  if (verdicts === undefined || verdicts.told === 0) return <span class="quiet">nobody told yet</span>;
  const { members, told, helped, noGainSeen, tooEarly, figures } = verdicts;
  return (
    <>
      {count(helped)} of {counted(told, 'member')}
      <br />
      <span class="quiet">
        no gain seen for {count(noGainSeen)}, too early for {count(tooEarly)}
        {told < members && `; ${count(members - told)} of ${count(members)} told nothing`}
        {figures !== null && `; against training alone ${signed(figures.gain.mean)} right`}
      </span>
    </>
  );
}
