// Stratified folds: each example is judged by a model that was fitted without it, and every fold holds about its share of
// each label. Indices only.
import { seededRandom } from '@colora/tensors/random';

/** The fold (0 to `folds` - 1) of each example, from the index of its label. The same seed gives the same folds. */
export function stratifiedFolds(
  labels: readonly number[],
  folds: number,
  seed: string | number,
): readonly number[] {
  const random = seededRandom(seed);
  const byLabel = random.shuffle([...labels.keys()]).sort((a, b) => labels[a]! - labels[b]!); // sort is stable
  const first = random.integer(folds);
  const found = new Array<number>(labels.length);
  byLabel.forEach((example, place) => {
    found[example] = (place + first) % folds;
  });
  return found;
}
