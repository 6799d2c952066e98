// Which examples come next: every pass visits each example once, in an order drawn from the seed.
// A place in the order is two numbers, so that a run that was stopped goes on exactly where it was.
import { seededRandom } from '@colora/tensors/random';

export interface Place {
  /** Passes finished. */
  readonly pass: number;
  /** Examples drawn from the pass under way. */
  readonly drawn: number;
}

export const firstPlace: Place = { pass: 0, drawn: 0 };

/**
 * The next `size` indices of `count` examples and the place after them. A batch that reaches the end of a pass
 * is filled from the next one, so that all batches have the same size.
 */
export function nextBatch(
  count: number,
  size: number,
  seed: number,
  place: Place,
): { indices: number[]; place: Place } {
  let { pass, drawn } = place;
  let order = passOrder(count, seed, pass);
  const indices: number[] = [];
  while (indices.length < size) {
    if (drawn >= count) {
      pass += 1;
      drawn = 0;
      order = passOrder(count, seed, pass);
    }
    indices.push(order[drawn]!);
    drawn += 1;
  }
  return { indices, place: { pass, drawn } };
}

function passOrder(count: number, seed: number, pass: number): number[] {
  return seededRandom(`batches/${seed}/${pass}`).shuffle(Array.from({ length: count }, (_, index) => index));
}
