// A group's figures over its rounds: what members report of their own held-out examples, what they train with, and how far a round
// moved. The means are over members, the bands from the lowest to the highest of them.
import { call } from '../../../api/client.ts';
import { about, useLive } from '../../../api/live.ts';
import { SeriesChart } from '../../../charts/series-chart.tsx';
import { figure, percent } from '../../../format/numbers.ts';
import { spaced } from '../../../format/words.ts';
import { Loaded } from '../../../parts/loaded.tsx';
import { linesOf, type Point, readSeries } from './series.ts';

interface ChartRow {
  readonly title: string;
  readonly unit?: string;
  /** Names as they are reported or kept, and as they are called here. */
  readonly names: readonly (readonly [name: string, label: string])[];
  readonly format: (value: number) => string;
}

const charts: readonly ChartRow[] = [
  {
    title: 'Loss',
    names: [
      ['heldOutLoss', 'held out'],
      ['sharedLoss', 'shared steps'],
      ['personalLoss', 'personal steps'],
    ],
    format: figure,
  },
  {
    title: 'Right on held-out examples',
    unit: '%',
    names: [
      ['accuracy', 'accuracy'],
      ['exactMatch', 'exact match'],
      ['spanF1', 'span F1'],
    ],
    format: percent,
  },
  {
    title: 'How far a round moves',
    unit: 'L2 norm',
    names: [
      ['contributionNorm', 'contributions'],
      ['updateNorm', 'update'],
      ['stepNorm', 'step'],
    ],
    format: figure,
  },
];

export function Figures({ group }: { readonly group: string }) {
  const live = useLive(`series ${group}`, (signal) => readBoth(group, signal), {
    hears: (hint) => about(group)(hint) && hint.name === 'checkpoint:published',
    every: { hinted: 120, alone: 15 },
  });
  return (
    <Loaded live={live} what="the figures" lines={12}>
      {(points) =>
        [...charts, ...othersIn(points)].map(({ title, unit, names, format }) => {
          const { rounds, lines } = linesOf(points, names);
          if (lines.length === 0) return null;
          return (
            <SeriesChart
              key={title}
              title={title}
              {...(unit === undefined ? {} : { unit })}
              rounds={rounds}
              lines={lines}
              format={format}
            />
          );
        })
      }
    </Loaded>
  );
}

/** Of rounds, and not for a plot of their own: how many and how long is drawn as bars. */
const drawnElsewhere = new Set([
  'contributions',
  'examples',
  'retries',
  'seconds',
  'aggregationSeconds',
  'uploadBytes',
]);
const mostOthers = 6;
/** Of a line: a chart is no wider. */
const mostOfLine = 150;

/** A chart each for what else members report: under the name that they gave it. */
function othersIn(points: readonly Point[]): ChartRow[] {
  const known = new Set([...drawnElsewhere, ...charts.flatMap(({ names }) => names.map(([name]) => name))]);
  const others = [...new Set(points.map(({ name }) => name))].filter((name) => !known.has(name));
  return others
    .slice(0, mostOthers)
    .map((name) => ({ title: spaced(name), names: [[name, spaced(name)]], format: figure }));
}

/** What members report, and what rounds say of themselves. */
async function readBoth(group: string, signal: AbortSignal): Promise<readonly Point[]> {
  const read = (of: 'group' | 'rounds') =>
    readSeries((cursor) => {
      const query = { of, points: mostOfLine, limit: 1000, cursor };
      return call('showMetricSeries', { params: { group }, query, signal });
    });
  const [reported, rounds] = await Promise.all([read('group'), read('rounds')]);
  return [...reported, ...rounds];
}
