// The last rounds as bars: who took part, how long each phase lasted, how much travelled.
import type { Round } from '@colora/protocol/entities';
import { StackedBars } from '../../../charts/stacked-bars.tsx';
import { bytes, count } from '../../../format/numbers.ts';
import { span } from '../../../format/times.ts';

/** Seconds, minutes and hours whose halves are whole. */
const roundTimes = [
  1, 2, 4, 10, 20, 40, 60, 120, 240, 600, 1200, 2400, 3600, 7200, 14_400, 36_000, 86_400, 172_800,
];

export function RoundBars({ rounds }: { readonly group: string; readonly rounds: readonly Round[] }) {
  const over = rounds.filter(({ committedAt }) => committedAt !== null);
  return (
    <>
      <StackedBars
        title="Participation"
        unit="members"
        parts={[
          { label: 'contributed', tone: 1 },
          { label: 'asked and silent', tone: 5 },
        ]}
        bars={rounds.map(({ number, contributions, cohort }) => ({
          round: number,
          values: [contributions, Math.max(0, cohort - contributions)],
        }))}
        format={count}
      />
      {over.some(({ metrics }) => metrics.uploadBytes !== undefined) && (
        <StackedBars
          title="Uploaded in a round"
          unit="by all members"
          parts={[{ label: 'contributions', tone: 1 }]}
          bars={over.map(({ number, metrics }) => ({ round: number, values: [metrics.uploadBytes ?? 0] }))}
          format={bytes}
        />
      )}
      {over.length > 0 && (
        <StackedBars
          title="Phases of a round"
          unit="time"
          parts={[
            { label: 'collecting', tone: 1 },
            { label: 'closing', tone: 2 },
          ]}
          bars={over.map((round) => ({ round: round.number, values: phasesOf(round) }))}
          format={span}
          tops={roundTimes}
        />
      )}
    </>
  );
}

/** Seconds: until it was closed, and until it was committed. */
function phasesOf({ openedAt, committedAt, metrics }: Round): [number, number] {
  const whole = Math.max(0, (Date.parse(committedAt ?? openedAt) - Date.parse(openedAt)) / 1000);
  const closing = Math.min(whole, metrics.aggregationSeconds ?? 0);
  return [whole - closing, closing];
}
