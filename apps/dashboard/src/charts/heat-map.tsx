// How alike members are, two by two, as a table whose cells are coloured from orange (opposed) over nothing to blue (alike); the
// number stands in each, so that nobody needs the colours.
import { Scrolls } from '../parts/scrolls.tsx';

interface HeatMapProps {
  readonly caption: string;
  readonly names: readonly string[];
  /** From -1 to 1. */
  readonly values: readonly (readonly (number | null)[])[];
  /** The command that prints them all. */
  readonly command: string;
}

/** More of them nobody can read, and a browser draws slowly. */
const most = 30;

export function HeatMap({ caption, names, values, command }: HeatMapProps) {
  const shown = names.slice(0, most);
  return (
    <>
      <Scrolls label={caption}>
        <table class="heat">
          <caption class="unseen">{caption}</caption>
          <thead>
            <tr>
              <td />
              {shown.map((name) => (
                <th key={name} scope="col">
                  <bdi title={name}>{name}</bdi>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map((name, row) => (
              <tr key={name}>
                <th scope="row">
                  <bdi title={name}>{name}</bdi>
                </th>
                {shown.map((other, column) => {
                  const value = values[row]?.[column] ?? null;
                  return (
                    <td key={other} class={value === null ? 'heat-none' : `heat-${level(value)}`}>
                      {value === null ? '–' : value.toFixed(2)}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </Scrolls>
      {names.length > most && (
        <p class="quiet">
          The first {most} of {names.length} members. All of them: <code>{command}</code>
        </p>
      )}
    </>
  );
}

/** -1 to 1 in eleven levels, 0 to 10. */
const level = (value: number) => Math.round(5 * Math.max(-1, Math.min(1, value))) + 5;
