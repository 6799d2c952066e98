// A table of rows: scrolls by itself where the window is narrower than it, keeps its head in view, and says so where it is empty.
import type { ComponentChildren } from 'preact';
import { Scrolls } from './scrolls.tsx';

export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => ComponentChildren;
  /** Figures stand at the right. */
  readonly isFigure?: boolean;
  /** The one that names the row. */
  readonly isName?: boolean;
  /** Left out where the window is narrow. */
  readonly isMinor?: boolean;
  /** What may take several lines. */
  readonly wraps?: boolean;
}

interface TableProps<Row> {
  readonly caption: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly rowKey: (row: Row) => string | number;
  readonly empty: ComponentChildren;
}

const classOf = ({
  isFigure = false,
  isMinor = false,
  wraps = false,
}: Pick<Column<never>, 'isFigure' | 'isMinor' | 'wraps'>) =>
  [isFigure ? 'figure' : '', isMinor ? 'minor' : '', wraps ? 'wraps' : '']
    .filter((name) => name !== '')
    .join(' ') || undefined;

export function Table<Row>({ caption, columns, rows, rowKey, empty }: TableProps<Row>) {
  if (rows.length === 0) return <>{empty}</>;
  return (
    <Scrolls label={caption}>
      <table>
        <caption class="unseen">{caption}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.title} scope="col" class={classOf(column)}>
                {column.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={rowKey(row)}>
              {columns.map((column) =>
                column.isName ? (
                  <th key={column.title} scope="row" class={classOf(column)}>
                    {column.cell(row)}
                  </th>
                ) : (
                  <td key={column.title} class={classOf(column)}>
                    {column.cell(row)}
                  </td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </Scrolls>
  );
}
