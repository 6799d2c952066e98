// The inverse of fold.ts, where there is one: tensors of a layout whose delta is exactly a given plain LoRA, so that
// an adapter trained elsewhere becomes the start of the shared or the personal part.
// Not here: reading the LoRA from files (peft.ts).
import { sameShape, type Tensor, type TensorMap } from '@colora/tensors/tensor';
import { AdapterError } from './adapter-error.ts';
import { tensorName } from './adapter-tensors.ts';
import type { FoldedAdapter } from './fold.ts';
import { initialise } from './initialise.ts';
import { type AdapterSettings, type Linear, layoutPaths, type Path, pathRank, pathScale } from './layouts.ts';

/** Whose start an adopted LoRA becomes. */
export type Adopter = 'shared' | 'personal';

/**
 * The start of `owner`'s tensors (initialise.ts) with the LoRA in it: A = A', B = B' / c, and in `core` with every
 * S = I. Where a LoRA has a lower rank, the rows of A that are left keep their gaussian start and their columns of B
 * are zero: delta is the LoRA's, and every direction can still be trained. Modules the LoRA doesn't have start as ever.
 * Throws AdapterError `bad-settings` where the layout can't hold a LoRA in that part, `unknown-target` for a module
 * that isn't adapted, and `wrong-shape` for a rank above the path's, each saying what would do.
 */
export function adopt(
  settings: AdapterSettings,
  modules: readonly Linear[],
  owner: Adopter,
  folded: ReadonlyMap<string, FoldedAdapter>,
  seed: string | number,
): TensorMap {
  const path = adoptingPath(settings, owner);
  const rank = pathRank(settings, path);
  const scale = pathScale(settings, path);
  const tensors = new Map(initialise(settings, modules, owner, seed));
  for (const [module, { A, B }] of folded) {
    const names = path.factors.map((factor) => tensorName(module, factor));
    const up = tensors.get(names[0]!);
    const down = tensors.get(names.at(-1)!);
    if (up === undefined || down === undefined) {
      throw new AdapterError(
        'unknown-target',
        `the adapter adapts ${module}, which is not among the targets; add it to them`,
      );
    }
    assertFits(module, { A, B }, down, up, rank, path.scale === 'shared' ? 'rank' : 'personalRank');
    tensors.set(names.at(-1)!, withRows(down, A));
    tensors.set(names[0]!, withColumns(up, B, scale));
  }
  return tensors;
}

/** The largest rank of any module. */
export function adapterRank(folded: ReadonlyMap<string, FoldedAdapter>): number {
  return Math.max(0, ...[...folded.values()].map(({ A }) => A.shape[0]!));
}

const cannotHold: Readonly<Record<string, string>> = {
  'core personal':
    'the personal part of core is an r x r matrix a layer; start its shared part from the adapter',
  'global personal': 'global has no personal part; start its shared part from the adapter',
  'share-a personal': 'in share-a the other half of every product is shared; use alone or dual',
  'frozen-a personal': 'frozen-a has no personal part; use alone or dual',
  'alone shared':
    'alone has no shared part; start the personal part from the adapter, once the group is there',
  'share-a shared': 'in share-a the other half of every product is personal; use core, dual or global',
  'frozen-a shared': 'in frozen-a one factor is drawn by the seed; use core, dual or global',
};

function adoptingPath(settings: AdapterSettings, owner: Adopter): Path {
  const paths = layoutPaths(settings);
  const reason = cannotHold[`${settings.layout} ${owner}`];
  const path = paths.find(({ factors }) => factors[0]!.owner === owner && factors.at(-1)!.owner === owner);
  if (reason === undefined && path !== undefined) return path;
  throw new AdapterError(
    'bad-settings',
    `layout ${settings.layout} cannot hold an adapter in its ${owner} part: ${reason ?? 'no path is all of it'}`,
  );
}

function assertFits(
  module: string,
  { A, B }: FoldedAdapter,
  down: Tensor,
  up: Tensor,
  rank: number,
  field: 'rank' | 'personalRank',
): void {
  const own = A.shape[0]!;
  if (!sameShape([A.shape[1]!, B.shape[0]!], [down.shape[1]!, up.shape[0]!])) {
    throw new AdapterError(
      'wrong-shape',
      `the adapter of ${module} is for a layer [${B.shape[0]}, ${A.shape[1]}], this one is [${up.shape[0]}, ${down.shape[1]}]`,
    );
  }
  if (own <= rank) return;
  throw new AdapterError(
    'wrong-shape',
    `the adapter of ${module} has rank ${own}, and ${field} ${rank} cannot hold it exactly; it takes ${field} ${own} or more`,
  );
}

/** The LoRA's rows over the first ones of the start. A [R, in] */
function withRows(start: Tensor, rows: Tensor): Tensor {
  const data = Float32Array.from(start.data);
  data.set(rows.data);
  return { shape: start.shape, data };
}

/** The LoRA's columns over `scale`, then zeros. B [out, R] */
function withColumns({ shape }: Tensor, columns: Tensor, scale: number): Tensor {
  const [out, rank] = shape as [number, number];
  const own = columns.shape[1]!;
  const data = new Float32Array(out * rank);
  for (let row = 0; row < out; row += 1) {
    for (let k = 0; k < own; k += 1) data[row * rank + k] = columns.data[row * own + k]! / scale;
  }
  return { shape, data };
}
