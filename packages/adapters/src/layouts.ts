// The layouts as data: which factors an adapter is made of, who owns each, and how each starts.
// An adapter adds delta = sum over paths of scale * F1 F2 ... Fn to a frozen weight W0 [out, in].
// No tensors here (initialise.ts), no names of tensors (adapter-tensors.ts), no products (fold.ts).
import type { Layout } from '@colora/protocol/task-settings';
import { AdapterError } from './adapter-error.ts';

/** shared tensors travel, personal ones never leave their owner, frozen ones are recomputed from the group's seed. */
export type Owner = 'shared' | 'personal' | 'frozen';

export type Role = 'A' | 'B' | 'S';
export type Start = 'gaussian' | 'zero' | 'identity';

/** A linear layer of a base model that can be adapted; `name` is its checkpoint name without `.weight`. */
export interface Linear {
  readonly name: string;
  readonly out: number;
  readonly in: number;
}

/** What a factor's shape depends on; `rank` is the rank of the factor's own path. */
interface PathDims {
  readonly out: number;
  readonly in: number;
  readonly rank: number;
}

export interface Factor {
  readonly role: Role;
  readonly owner: Owner;
  readonly start: Start;
  readonly shape: (dims: PathDims) => readonly [rows: number, columns: number];
}

/** One product of factors, left to right: F1 is [out, r], Fn is [r, in]. */
export interface Path {
  /** Which pair of settings gives its rank and scale: rank and alpha, or personalRank and personalAlpha. */
  readonly scale: 'shared' | 'personal';
  readonly factors: readonly Factor[];
}

export interface AdapterSettings {
  readonly layout: Layout;
  readonly rank: number;
  /** The path is multiplied by c = alpha / rank. */
  readonly alpha: number;
  /** Rank of the personal path of `dual`; default: rank. */
  readonly personalRank?: number;
  /** c' = personalAlpha / personalRank; default: the personal rank times c, so that c' = c. */
  readonly personalAlpha?: number;
  /** Module names, suffixes, `all-linear`, `top-8:q_proj` (chooseTargets); empty: no adapters. */
  readonly targets: readonly string[];
}

function down(owner: Owner): Factor {
  return { role: 'A', owner, start: 'gaussian', shape: (dims) => [dims.rank, dims.in] };
}

function up(owner: Owner): Factor {
  return { role: 'B', owner, start: 'zero', shape: (dims) => [dims.out, dims.rank] };
}

function square(owner: Owner): Factor {
  return { role: 'S', owner, start: 'identity', shape: (dims) => [dims.rank, dims.rank] };
}

/**
 * - `core`: c B S_i A, the personal part is an r x r core between two shared factors
 * - `dual`: c B A + c' B_i A_i, a whole personal adapter beside the shared one
 * - `global`: c B A, everything shared (FedIT, arXiv 2305.05644)
 * - `alone`: c B_i A_i, nothing shared
 * - `share-a`: c B_i A (FedSA-LoRA, arXiv 2410.01463)
 * - `frozen-a`: c B A with A fixed at its start (FFA-LoRA, arXiv 2403.12313)
 *
 * In every path exactly one factor starts at zero, so delta = 0 at the start and yet some gradient is not:
 * two zero factors (B = 0 and S = 0) would be a stationary point.
 */
export const layouts: Readonly<Record<Layout, readonly Path[]>> = {
  core: [{ scale: 'shared', factors: [up('shared'), square('personal'), down('shared')] }],
  dual: [
    { scale: 'shared', factors: [up('shared'), down('shared')] },
    { scale: 'personal', factors: [up('personal'), down('personal')] },
  ],
  global: [{ scale: 'shared', factors: [up('shared'), down('shared')] }],
  alone: [{ scale: 'shared', factors: [up('personal'), down('personal')] }],
  'share-a': [{ scale: 'shared', factors: [up('personal'), down('shared')] }],
  'frozen-a': [{ scale: 'shared', factors: [up('shared'), down('frozen')] }],
};

/** The paths of the settings' layout; throws AdapterError `bad-settings` naming the field that is wrong. */
export function layoutPaths(settings: AdapterSettings): readonly Path[] {
  if (!Object.hasOwn(layouts, settings.layout)) {
    throw new AdapterError(
      'bad-settings',
      `layout "${settings.layout}" is unknown; known: ${Object.keys(layouts).join(', ')}`,
    );
  }
  checkRank('rank', settings.rank);
  checkAlpha('alpha', settings.alpha);
  if (settings.personalRank !== undefined) checkRank('personalRank', settings.personalRank);
  if (settings.personalAlpha !== undefined) checkAlpha('personalAlpha', settings.personalAlpha);
  return layouts[settings.layout];
}

/** r of the path. */
export function pathRank(settings: AdapterSettings, path: Path): number {
  return path.scale === 'shared' ? settings.rank : (settings.personalRank ?? settings.rank);
}

/** c = alpha / rank of the path (LoRA, arXiv 2106.09685, section 4.1). */
export function pathScale(settings: AdapterSettings, path: Path): number {
  const sharedScale = settings.alpha / settings.rank;
  if (path.scale === 'shared' || settings.personalAlpha === undefined) return sharedScale;
  return settings.personalAlpha / pathRank(settings, path);
}

function checkRank(field: string, rank: number): void {
  if (Number.isInteger(rank) && rank >= 1) return;
  throw new AdapterError('bad-settings', `${field} must be a whole number of at least 1, got ${rank}`);
}

function checkAlpha(field: string, alpha: number): void {
  if (Number.isFinite(alpha) && alpha > 0) return;
  throw new AdapterError('bad-settings', `${field} must be a finite number above 0, got ${alpha}`);
}
