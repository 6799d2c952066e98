// The values that all contributions have at one element, in ascending order: what median and trimmed mean look at.

/** Calls `visit` for every element with its sorted values, in one array that is reused, as f64. */
export function sortedColumns(
  rows: readonly Float32Array[],
  visit: (column: Float64Array, element: number) => void,
): void {
  const column = new Float64Array(rows.length);
  for (let i = 0; i < rows[0]!.length; i += 1) {
    for (let k = 0; k < rows.length; k += 1) column[k] = rows[k]![i]!;
    visit(column.sort(), i);
  }
}
