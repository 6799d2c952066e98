// A checkpoint's tensors cut into pieces of at most 65,536 elements, so that piece j of every contribution covers the
// same elements of the same tensors, whatever its encoding. Pure arithmetic over names and shapes.
// Not here: how many bytes a piece takes in a contribution (wire-plan.ts).
import { elementCount } from './tensor.ts';

/** Elements of the largest piece and of the largest range: an index within a range fits 16 bits. */
export const pieceElements = 65_536;

/** The elements `from` (included) to `to` (excluded) of a tensor, row-major; never empty. */
export interface PieceRange {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

/** Ranges that are stored together, in the order of their bytes. */
export interface Piece {
  readonly ranges: readonly PieceRange[];
  /** Of all its ranges together. */
  readonly elements: number;
}

/** What a plan is made from; a safetensors header's tensors are such a list, and so is a map's `[...]` of them. */
export interface NamedShape {
  readonly name: string;
  readonly shape: readonly number[];
}

/**
 * Cuts tensors, given in the order of their bytes in the checkpoint's file: ranges begin at multiples of 65,536 of a
 * tensor's own elements, and follow each other in one piece while they fit. Tensors without elements are in none.
 * Throws RangeError on a shape that is none.
 */
export function planPieces(tensors: readonly NamedShape[]): Piece[] {
  const pieces: Piece[] = [];
  let ranges: PieceRange[] = [];
  let elements = 0;
  const close = () => {
    if (ranges.length > 0) pieces.push({ ranges, elements });
    ranges = [];
    elements = 0;
  };
  for (const { name, shape } of tensors) {
    const count = elementCount(shape);
    for (let from = 0; from < count; from += pieceElements) {
      const to = Math.min(from + pieceElements, count);
      if (elements + to - from > pieceElements) close();
      ranges.push({ name, from, to });
      elements += to - from;
    }
  }
  close();
  return pieces;
}
