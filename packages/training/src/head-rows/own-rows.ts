// Head rows that one trains and keeps: a row that too few members have examples of doesn't travel, and one that was sent by too few
// doesn't move. Each stands in for the checkpoint's for as long as that is what it began from; once the others have moved it, theirs
// counts. What was learnt meanwhile is sent with the first update that travels, since that is all the way from the checkpoint's row.
// Pure; who is told which rows travel is the client's affair.
import { isHeadRow } from '@colora/protocol/clusters/cluster-rows';
import { tensorOf } from '@colora/protocol/control-names';
import { sameTensor, type TensorMap } from '@colora/tensors/tensor';

/** By the names that learners know, `head/<label>`. */
export interface OwnRows {
  /** What the checkpoint held when they were last trained. */
  readonly from: TensorMap;
  /** What training made of them. */
  readonly rows: TensorMap;
}

export const noOwnRows: OwnRows = { from: new Map(), rows: new Map() };

/** Those that stand in for the checkpoint's, as its cluster sees it: where that still has the values they began from, to the bit. */
export function standingRows({ from, rows }: OwnRows, seen: TensorMap): TensorMap {
  return new Map([...rows].filter(([name]) => sameTensor(from.get(name), seen.get(name))));
}

/** The checkpoint as its owner trains and predicts with it. */
export function withOwnRows(seen: TensorMap, own: OwnRows): TensorMap {
  const standing = standingRows(own, seen);
  return standing.size === 0
    ? seen
    : new Map([...seen].map(([name, row]) => [name, standing.get(name) ?? row]));
}

/** What is left of an update when rows (and controls of rows) of other labels than `travelling` stay; null: all of it. */
export function onlyTravelling(update: TensorMap, travelling: ReadonlySet<string> | null): TensorMap {
  if (travelling === null) return update;
  return new Map(
    [...update].filter(([name]) => !isHeadRow(tensorOf(name)) || travelling.has(tensorOf(name))),
  );
}
