// The word that somebody meant who wrote another one.

/** The nearest of `words`, at most a third of its letters away; null where none is. */
export function nearestWord(written: string, words: readonly string[]): string | null {
  const given = written.toLowerCase().slice(0, 60);
  const ranked = words
    .map((word) => ({ word, away: distance(given, word.toLowerCase()) }))
    .sort((a, b) => a.away - b.away);
  const [first] = ranked;
  return first !== undefined && first.away <= Math.max(1, Math.floor(first.word.length / 3))
    ? first.word
    : null;
}

/** Letters to change, add, leave out, or swap with their neighbour (optimal string alignment). */
function distance(a: string, b: string): number {
  const rows: number[][] = [[...Array(b.length + 1).keys()]];
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      const above = rows[i - 1]!;
      row[j] = Math.min(above[j]! + 1, row[j - 1]! + 1, above[j - 1]! + same);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) row[j] = Math.min(row[j]!, rows[i - 2]![j - 2]! + 1);
    }
    rows.push(row);
  }
  return rows[a.length]![b.length]!;
}
