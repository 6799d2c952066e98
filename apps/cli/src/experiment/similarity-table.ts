// A cosine similarity matrix as text: one row a person, in hundredths. Formatting only.
import { alignColumns } from './table.ts';

export function similarityTable(similarity: { participants: string[]; matrix: number[][] }): string[] {
  const { participants, matrix } = similarity;
  return alignColumns([
    ['', ...participants],
    ...participants.map((name, row) => [name, ...matrix[row]!.map((value) => (100 * value).toFixed(0))]),
  ]);
}
