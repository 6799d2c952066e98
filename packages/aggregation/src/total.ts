/** The sum, in f64, from the first on; 0 of nothing. */
export function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
