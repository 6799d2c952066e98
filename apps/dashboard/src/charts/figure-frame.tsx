// What stands around a picture of numbers: its title and unit, a sentence that says what it shows, and the numbers themselves as a
// table, for whoever can't see the picture or wants them exactly.
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { Scrolls } from '../parts/scrolls.tsx';

export interface NumberTable {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

interface FigureFrameProps {
  readonly title: string;
  readonly unit?: string;
  /** In one sentence: the latest, the best, where it went. */
  readonly summary: ComponentChildren;
  readonly table: () => NumberTable;
  readonly children: ComponentChildren;
}

export function FigureFrame({ title, unit, summary, table, children }: FigureFrameProps) {
  const [asTable, setAsTable] = useState(false);
  return (
    <figure class="panel chart">
      <figcaption>
        <h2>
          {title} {unit !== undefined && <span class="unit">{unit}</span>}
        </h2>
        <button type="button" class="plain small" aria-pressed={asTable} onClick={() => setAsTable(!asTable)}>
          {asTable ? 'Picture' : 'Numbers'}
          <span class="unseen"> of {title}</span>
        </button>
      </figcaption>
      <p class="summary">{summary}</p>
      {asTable ? <Numbers title={title} {...table()} /> : children}
    </figure>
  );
}

function Numbers({ title, head, rows }: NumberTable & { readonly title: string }) {
  return (
    <Scrolls label={`Numbers of ${title}`} isLow>
      <table>
        <thead>
          <tr>
            {head.map((name) => (
              <th key={name} scope="col" class="figure">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row[0]}>
              {row.map((cell, index) => (
                <td key={head[index]} class="figure">
                  {cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Scrolls>
  );
}
