// Figures over rounds as lines, with the spread over members as a band around each. Drawn by uPlot on a canvas.
import { useEffect, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { painted } from '../parts/theme.ts';
import { FigureFrame } from './figure-frame.tsx';
import { cssColour, faint, type Stroke, stroke } from './palette.ts';
import { useWidth } from './use-width.ts';

type Values = readonly (number | null)[];

export interface Line {
  readonly label: string;
  readonly values: Values;
  /** The lowest and the highest of the members, where it is of many. */
  readonly low?: Values;
  readonly high?: Values;
}

interface SeriesChartProps {
  readonly title: string;
  readonly unit?: string;
  /** Numbers of the rounds, rising. */
  readonly rounds: readonly number[];
  readonly lines: readonly Line[];
  readonly format: (value: number) => string;
}

const height = 190;

export function SeriesChart({ title, unit, rounds, lines, format }: SeriesChartProps) {
  const holder = useRef<HTMLDivElement>(null);
  const width = useWidth(holder);
  const [index, setIndex] = useState<number | null>(null);
  const paint = painted.value;
  useEffect(() => {
    if (holder.current === null || width === 0) return;
    const strokes = lines.map((_, at) => stroke(at));
    const chart = new uPlot(
      {
        ...optionsOf(lines, strokes, format),
        width,
        height,
        hooks: { setCursor: [({ cursor }) => setIndex(cursor.idx ?? null)] },
      },
      dataOf(rounds, lines),
      holder.current,
    );
    return () => chart.destroy();
  }, [width, paint, JSON.stringify([rounds, lines])]);
  const shown = index ?? rounds.length - 1;
  return (
    <FigureFrame
      title={title}
      {...(unit === undefined ? {} : { unit })}
      summary={<Legend lines={lines} at={shown} round={rounds[shown]} format={format} />}
      table={() => numbersOf(rounds, lines, format)}
    >
      <div ref={holder} class="plot" role="img" aria-label={sentence(title, rounds, lines, format)} />
    </FigureFrame>
  );
}

function Legend({
  lines,
  at,
  round,
  format,
}: Pick<SeriesChartProps, 'lines' | 'format'> & { readonly at: number; readonly round: number | undefined }) {
  return (
    <span class="legend">
      <span class="quiet">round {round ?? '–'}</span>
      {lines.map(({ label, values, low, high }, index) => {
        const value = values[at] ?? null;
        const [least, most] = [low?.[at] ?? null, high?.[at] ?? null];
        return (
          <span key={label} class="key">
            <svg width="18" height="8" aria-hidden="true">
              <line x1="0" y1="4" x2="18" y2="4" class={`stroke-${(index % 6) + 1}`} />
            </svg>
            {label} <b>{value === null ? '–' : format(value)}</b>
            {least !== null && most !== null && least !== most && (
              <span class="quiet">
                {' '}
                {format(least)} to {format(most)}
              </span>
            )}
          </span>
        );
      })}
    </span>
  );
}

function optionsOf(
  lines: readonly Line[],
  strokes: readonly Stroke[],
  format: (value: number) => string,
): Omit<uPlot.Options, 'width' | 'height'> {
  const [ink, rule] = [cssColour('ink-quiet'), cssColour('rule')];
  const axis = {
    stroke: ink,
    font: '12px system-ui, sans-serif',
    ticks: { show: false },
    grid: { stroke: rule, width: 1 },
  };
  const series: uPlot.Series[] = [{}];
  const bands: uPlot.Band[] = [];
  for (const [index, { label, low }] of lines.entries()) {
    const { colour, dash } = strokes[index]!;
    series.push({ label, stroke: colour, dash: [...dash], width: 2, points: { size: 5 }, spanGaps: true });
    if (low === undefined) continue;
    bands.push({ series: [series.length, series.length + 1], fill: faint(colour, 0.16) });
    series.push({ stroke: 'transparent', points: { show: false }, spanGaps: true });
    series.push({ stroke: 'transparent', points: { show: false }, spanGaps: true });
  }
  return {
    series,
    bands,
    legend: { show: false },
    cursor: { y: false, points: { size: 7 } },
    padding: [8, 8, 0, 0],
    scales: {
      x: { time: false, range: (_, least, most) => (least === most ? [least - 1, most + 1] : [least, most]) },
    },
    axes: [
      { ...axis, size: 24, gap: 4, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 5000, 10_000, 100_000] },
      { ...axis, size: 52, gap: 4, values: (_, splits) => splits.map((value) => format(value)) },
    ],
  };
}

function dataOf(rounds: readonly number[], lines: readonly Line[]): uPlot.AlignedData {
  const columns = lines.flatMap(({ values, low, high }) =>
    low === undefined || high === undefined ? [values] : [values, high, low],
  );
  return [[...rounds], ...columns.map((column) => [...column])];
}

function numbersOf(rounds: readonly number[], lines: readonly Line[], format: (value: number) => string) {
  const cell = (values: Values | undefined, at: number) => {
    const value = values?.[at] ?? null;
    return value === null ? '–' : format(value);
  };
  const head = lines.flatMap(({ label, low }) =>
    low === undefined ? [label] : [label, `${label}, lowest`, `${label}, highest`],
  );
  const rows = rounds.map((round, at) => [
    String(round),
    ...lines.flatMap(({ values, low, high }) =>
      low === undefined ? [cell(values, at)] : [cell(values, at), cell(low, at), cell(high, at)],
    ),
  ]);
  return { head: ['round', ...head], rows: rows.reverse() };
}

/** For who can't see it. */
function sentence(
  title: string,
  rounds: readonly number[],
  lines: readonly Line[],
  format: (value: number) => string,
): string {
  const parts = lines.map(({ label, values }) => {
    const told = values.filter((value) => value !== null);
    if (told.length === 0) return `${label}: nothing yet`;
    return `${label}: from ${format(told[0]!)} to ${format(told.at(-1)!)}`;
  });
  return `${title} over rounds ${rounds[0] ?? 0} to ${rounds.at(-1) ?? 0}. ${parts.join('; ')}.`;
}
