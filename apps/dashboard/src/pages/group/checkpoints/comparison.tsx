// Two checkpoints side by side: what the rounds that made them measured, and in which settings these differed.
import { call } from '../../../api/client.ts';
import { useLive } from '../../../api/live.ts';
import { figure } from '../../../format/numbers.ts';
import { Empty } from '../../../parts/empty.tsx';
import { Loaded } from '../../../parts/loaded.tsx';
import { Table } from '../../../parts/table.tsx';
import { readSeries } from '../overview/series.ts';

interface ComparisonProps {
  readonly group: string;
  readonly older: number;
  readonly newer: number;
}

interface Side {
  readonly figures: ReadonlyMap<string, number>;
  /** Paths and values; empty where no manifest tells them. */
  readonly settings: ReadonlyMap<string, string>;
}

export function Comparison({ group, older, newer }: ComparisonProps) {
  const live = useLive(
    `compare ${group} ${older} ${newer}`,
    (signal) => Promise.all([older, newer].map((version) => readSide(group, version, signal))),
    { every: 'once' },
  );
  return (
    <section class="panel flush" aria-label="Comparison" aria-live="polite">
      <h2>
        v{older} against v{newer}
      </h2>
      <Loaded live={live} what="both" lines={8}>
        {([left, right]) => <Sides left={left!} right={right!} older={older} newer={newer} />}
      </Loaded>
    </section>
  );
}

function Sides({
  left,
  right,
  older,
  newer,
}: {
  readonly left: Side;
  readonly right: Side;
  readonly older: number;
  readonly newer: number;
}) {
  const names = [...new Set([...left.figures.keys(), ...right.figures.keys()])];
  const figures = names.map((name) => ({
    name,
    left: left.figures.get(name),
    right: right.figures.get(name),
  }));
  const paths = [...new Set([...left.settings.keys(), ...right.settings.keys()])];
  const changed = paths.filter((path) => left.settings.get(path) !== right.settings.get(path));
  return (
    <>
      <Table
        caption="Figures of both"
        rows={figures}
        rowKey={({ name }) => name}
        empty={<Empty title="No figures are kept of these" />}
        columns={[
          { title: 'Figure', isName: true, cell: ({ name }) => name },
          { title: `v${older}`, isFigure: true, cell: (row) => said(row.left) },
          { title: `v${newer}`, isFigure: true, cell: (row) => said(row.right) },
          { title: 'Change', isFigure: true, cell: (row) => changeOf(row.left, row.right) },
        ]}
      />
      {changed.length === 0 ? (
        <p class="quiet">
          {paths.length === 0 ? 'No settings are kept of these.' : 'Both were made with the same settings.'}
        </p>
      ) : (
        <Table
          caption="Settings that differ"
          rows={changed}
          rowKey={(path) => path}
          empty={null}
          columns={[
            { title: 'Setting', isName: true, cell: (path) => <code>{path}</code> },
            { title: `v${older}`, cell: (path) => left.settings.get(path) ?? '–' },
            { title: `v${newer}`, cell: (path) => right.settings.get(path) ?? '–' },
          ]}
        />
      )}
    </>
  );
}

const said = (value: number | undefined) => (value === undefined ? '–' : figure(value));

function changeOf(left: number | undefined, right: number | undefined): string {
  if (left === undefined || right === undefined) return '–';
  return `${right >= left ? '+' : '−'}${figure(Math.abs(right - left))}`;
}

/** What members reported of it, as means. */
async function readSide(group: string, version: number, signal: AbortSignal): Promise<Side> {
  const query = { of: 'group' as const, from: version, through: version, limit: 1000 };
  const params = { group };
  const [points, settings] = await Promise.all([
    readSeries((cursor) => call('showMetricSeries', { params, query: { ...query, cursor }, signal })),
    readSettings(group, version, signal),
  ]);
  return { figures: new Map(points.map(({ name, mean }) => [name, mean])), settings };
}

async function readSettings(
  group: string,
  version: number,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  if (version === 0) return new Map();
  const { settings } = await call('showManifest', { params: { group, version }, signal });
  return new Map(leaves(JSON.parse(settings), ''));
}

function* leaves(value: unknown, path: string): Generator<[string, string]> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    yield [path, JSON.stringify(value)];
    return;
  }
  for (const [name, inner] of Object.entries(value))
    yield* leaves(inner, path === '' ? name : `${path}.${name}`);
}
