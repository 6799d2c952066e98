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

export interface Order {
  readonly count: number;
  /** Examples a batch, the same in every one of them. */
  readonly size: number;
  readonly seed: string | number;
  /** The padded length of each example, where batches had better hold examples of one length. */
  readonly lengths?: readonly number[];
}

/**
 * The indices of the next batch and the place after it. A batch that reaches the end of a pass is filled from the
 * next one, so that all batches have the same size.
 */
export function nextBatch(order: Order, place: Place): { indices: number[]; place: Place } {
  let { pass, drawn } = place;
  let visited = passOrder(order, pass);
  const indices: number[] = [];
  while (indices.length < order.size) {
    if (drawn >= order.count) {
      pass += 1;
      drawn = 0;
      visited = passOrder(order, pass);
    }
    indices.push(visited[drawn]!);
    drawn += 1;
  }
  return { indices, place: { pass, drawn } };
}

function passOrder({ count, size, seed, lengths }: Order, pass: number): number[] {
  const random = seededRandom(`batches/${seed}/${pass}`);
  const shuffled = random.shuffle(Array.from({ length: count }, (_, index) => index));
  if (lengths === undefined || lengths.every((length) => length === lengths[0])) return shuffled;
  const byLength = shuffled.sort((a, b) => lengths[a]! - lengths[b]!); // stable: equals stay shuffled
  // a batch begun in the last pass ended in its longest examples, and is filled with the longest of this one
  const begun = (size - ((pass * count) % size)) % size;
  const first = byLength.splice(Math.max(count - begun, 0));
  const batches = Array.from({ length: Math.floor(byLength.length / size) }, (_, index) =>
    byLength.slice(index * size, (index + 1) * size),
  );
  const rest = byLength.slice(batches.length * size);
  return [...first, ...random.shuffle(batches).flat(), ...rest];
}
