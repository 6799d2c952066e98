// The inverse of fold.ts, where there is one: tensors of a layout whose delta is exactly a given plain LoRA, so that
// an adapter trained elsewhere becomes the start of the shared or the personal part.
// Not here: reading the LoRA from files (peft.ts).
import type { Layout } from '@colora/protocol/task-settings';
import { sameShape, type Tensor, type TensorMap } from '@colora/tensors/tensor';
import { AdapterError } from './adapter-error.ts';
import { tensorName } from './adapter-tensors.ts';
import type { FoldedAdapter } from './fold.ts';
import { initialise } from './initialise.ts';
import {
  type AdapterSettings,
  type Linear,
  layoutPaths,
  layouts,
  type Path,
  pathRank,
  pathScale,
} from './layouts.ts';

/** Whose start an adopted LoRA becomes. */
type Adopter = 'shared' | 'personal';

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
    const place = { down, up, rank, field: path.scale === 'shared' ? 'rank' : 'personalRank' } as const;
    assertFits(module, { A, B }, place);
    tensors.set(names.at(-1)!, withRows(down, A));
    tensors.set(names[0]!, withColumns(up, B, scale));
  }
  return tensors;
}

/** The largest rank of any module. */
export function adapterRank(folded: ReadonlyMap<string, FoldedAdapter>): number {
  return Math.max(0, ...[...folded.values()].map(({ A }) => A.shape[0]!));
}

function adoptingPath(settings: AdapterSettings, owner: Adopter): Path {
  const path = heldBy(layoutPaths(settings), owner);
  if (path !== undefined) return path;
  throw new AdapterError(
    'bad-settings',
    `layout ${settings.layout} cannot hold an adapter in its ${owner} part: ${whyNot(settings.layout, owner)}; ` +
      whatInstead(settings.layout, owner),
  );
}

/** The path whose both ends are `owner`'s. */
function heldBy(paths: readonly Path[], owner: Adopter): Path | undefined {
  return paths.find(({ factors }) => factors[0]!.owner === owner && factors.at(-1)!.owner === owner);
}

function whyNot(layout: Layout, owner: Adopter): string {
  const path = layouts[layout].find(({ factors }) => factors.some((factor) => factor.owner === owner));
  if (path === undefined) return `${layout} has no ${owner} part`;
  const ends = [path.factors[0]!.owner, path.factors.at(-1)!.owner];
  const other = ends.find((end) => end !== owner);
  return ends.includes(owner)
    ? `in ${layout} the other half of every product is ${other}`
    : `the ${owner} part of ${layout} is an r x r matrix a layer`;
}

function whatInstead(layout: Layout, owner: Adopter): string {
  const other = owner === 'shared' ? 'personal' : 'shared';
  const when = other === 'personal' ? ', once the group is there' : '';
  if (heldBy(layouts[layout], other) !== undefined) return `start its ${other} part from the adapter${when}`;
  const holders = Object.keys(layouts).filter((name) => heldBy(layouts[name as Layout], owner) !== undefined);
  return `use ${holders.join(' or ')}`;
}

/** Where a LoRA is to go: the factors of a path and the setting that gives their rank. */
interface Place {
  readonly down: Tensor;
  readonly up: Tensor;
  readonly rank: number;
  readonly field: 'rank' | 'personalRank';
}

function assertFits(module: string, { A, B }: FoldedAdapter, { down, up, rank, field }: Place): void {
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
