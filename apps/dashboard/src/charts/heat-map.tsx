// How alike members are, two by two, as a table whose cells are coloured from orange (opposed) over nothing to blue (alike); the
// number stands in each, so that nobody needs the colours.
import { Scrolls } from '../parts/scrolls.tsx';

interface HeatMapProps {
  readonly caption: string;
  readonly names: readonly string[];
  /** From -1 to 1. */
  readonly values: readonly (readonly (number | null)[])[];
  /** What the names are of, for more than one. */
  readonly noun?: string;
  /** Places at which others begin: a line stands before them. */
  readonly starts?: ReadonlySet<number>;
  /** The command that prints them all. */
  readonly command: string;
}

/** More of them nobody can read, and a browser draws slowly. */
export const mostOfMap = 30;

const noStarts: ReadonlySet<number> = new Set();

export function HeatMap({
  caption,
  names,
  values,
  noun = 'members',
  starts = noStarts,
  command,
}: HeatMapProps) {
  const shown = names.slice(0, mostOfMap);
  const isShort = shown.every((name) => name.length <= 4);
  const columnOf = (place: number) => (starts.has(place) ? 'starts-column' : '');
  return (
    <>
      <Scrolls label={caption}>
        <table class={isShort ? 'heat upright' : 'heat'}>
          <caption class="unseen">{caption}</caption>
          <thead>
            <tr>
              <td />
              {shown.map((name, column) => (
                <th key={name} scope="col" class={columnOf(column)}>
                  <bdi title={name}>{name}</bdi>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map((name, row) => (
              <tr key={name} class={starts.has(row) ? 'starts-row' : ''}>
                <th scope="row">
                  <bdi title={name}>{name}</bdi>
                </th>
                {shown.map((other, column) => {
                  const value = values[row]?.[column] ?? null;
                  const tone = value === null ? 'heat-none' : `heat-${level(value)}`;
                  return (
                    <td key={other} class={`${tone} ${columnOf(column)}`}>
                      {value === null ? '–' : value.toFixed(2)}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </Scrolls>
      {names.length > mostOfMap && (
        <p class="quiet">
          The first {mostOfMap} of {names.length} {noun}. All of them: <code>{command}</code>
        </p>
      )}
    </>
  );
}

/** -1 to 1 in eleven levels, 0 to 10. */
const level = (value: number) => Math.round(5 * Math.max(-1, Math.min(1, value))) + 5;
