// The values that all contributions have at one element, in ascending order: what median and trimmed mean look at.

/** Up to so many values insertion beats the typed array's own sort, whose call alone costs a microsecond. */
const fewValues = 64;

/** Calls `visit` for every element with its sorted values, in one array that is reused, as f64. */
export function sortedColumns(
  rows: readonly Float32Array[],
  visit: (column: Float64Array, element: number) => void,
): void {
  const n = rows.length;
  const column = new Float64Array(n);
  const fill = n <= fewValues ? insertSorted : copy;
  for (let i = 0; i < rows[0]!.length; i += 1) {
    fill(rows, i, column);
    visit(n <= fewValues ? column : column.sort(), i);
  }
}

function copy(rows: readonly Float32Array[], element: number, column: Float64Array): void {
  for (let k = 0; k < rows.length; k += 1) column[k] = rows[k]![element]!;
}

function insertSorted(rows: readonly Float32Array[], element: number, column: Float64Array): void {
  for (let k = 0; k < rows.length; k += 1) {
    const value = rows[k]![element]!;
    let at = k - 1;
    while (at >= 0 && column[at]! > value) {
      column[at + 1] = column[at]!;
      at -= 1;
    }
    column[at + 1] = value;
  }
}
