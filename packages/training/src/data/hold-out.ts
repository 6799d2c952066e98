// Keeping some examples apart, the same ones for the same seed. How many, and what for, is the caller's.
import { seededRandom } from '@colora/tensors/random';

/** `held` of the items, drawn by the seed; both parts stay in order. */
export function holdOut<Item>(
  items: readonly Item[],
  held: number,
  seed: string,
): { kept: Item[]; heldOut: Item[] } {
  const order = seededRandom(seed).shuffle([...items.keys()]);
  const isHeld = new Set(order.slice(0, held));
  return {
    kept: items.filter((_, index) => !isHeld.has(index)),
    heldOut: items.filter((_, index) => isHeld.has(index)),
  };
}
