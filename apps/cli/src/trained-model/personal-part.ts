// How much of what is personal counts: a member's own examples say so (training's mixing-weights.ts), since the personal part has
// learnt from them whatever is wrong with them.
import { headLabel } from '@colora/adapters/head';
import { initialise } from '@colora/adapters/initialise';
import type { Linear } from '@colora/adapters/layouts';
import type { TaskSettings } from '@colora/protocol/task-settings';
import { addScaled, scale } from '@colora/tensors/arithmetic';
import type { TensorMap } from '@colora/tensors/tensor';
import { taskModules } from '@colora/training/programs/task-modules';

/**
 * start + share (personal - start) of the adapters, `share` from 0 to 1; a personal head stays as it is. Null, where nothing
 * personal was trained, stays null.
 */
export function personalPart(
  personal: TensorMap | null,
  settings: TaskSettings,
  linears: readonly Linear[],
  share: number,
): TensorMap | null {
  if (personal === null || share === 1) return personal;
  const heads = [...personal].filter(([name]) => headLabel(name) !== undefined);
  const start = initialise(settings.adapter, taskModules(linears, settings), 'personal', settings.seed);
  if (share === 0) return new Map([...start, ...heads]);
  const adapters = new Map([...start.keys()].map((name) => [name, personal.get(name)!]));
  return new Map([...addScaled(scale(start, 1 - share), adapters, share), ...heads]);
}
