// A task's adapters as plain LoRAs, and plain LoRAs as a model of the task again: how models of different layouts are
// computed with, blended and written as one. The products are adapters' fold.ts, sums of several its blend.ts.

import { tensorName } from '@colora/adapters/adapter-tensors';
import { adapterRank, adopt } from '@colora/adapters/adopt';
import { type FoldedAdapter, fold } from '@colora/adapters/fold';
import { initialise } from '@colora/adapters/initialise';
import { type Linear, layouts } from '@colora/adapters/layouts';
import type { TaskSettings } from '@colora/protocol/task-settings';
import type { TensorMap } from '@colora/tensors/tensor';
import { taskModules } from './task-modules.ts';

export type FoldedModel = ReadonlyMap<string, FoldedAdapter>;

/**
 * By module name; empty where the group adapts none. `tensors`: shared and personal ones; personal ones that are missing are
 * at their start. Throws AdapterError `missing-tensor` for a shared one.
 */
export function foldModel(
  settings: TaskSettings,
  linears: readonly Linear[],
  tensors: TensorMap,
): Map<string, FoldedAdapter> {
  const { adapter, seed } = settings;
  const modules = taskModules(linears, settings);
  const starts = [
    ...initialise(adapter, modules, 'frozen', seed),
    ...initialise(adapter, modules, 'personal', seed),
  ];
  return fold(adapter, modules, new Map([...starts, ...tensors]));
}

/**
 * Settings and shared tensors of a model that computes with these adapters alone. `rank`, at least that of each, and
 * `targets`, all modules of any, make models of several blends or groups one program.
 */
export function unfoldModel(
  settings: TaskSettings,
  linears: readonly Linear[],
  folded: FoldedModel,
  rank: number = adapterRank(folded),
  targets: readonly string[] = [...folded.keys()],
): { readonly settings: TaskSettings; readonly shared: TensorMap } {
  const adapter = { layout: 'global' as const, rank, alpha: rank, targets: [...targets] };
  const unfolded = { ...settings, adapter };
  const modules = taskModules(linears, unfolded);
  return { settings: unfolded, shared: adopt(adapter, modules, 'shared', folded, 0) };
}

const [{ factors }] = layouts.global as [(typeof layouts.global)[number]];

/** What the layout `global` calls the tensors of a module. */
export function plainNames(module: string): { readonly A: string; readonly B: string } {
  return { A: tensorName(module, factors.at(-1)!), B: tensorName(module, factors[0]!) };
}

/** The same adapters by those names, as small as they are: `unfoldModel` makes them alike. */
export function plainTensors(folded: FoldedModel): TensorMap {
  return new Map(
    [...folded].flatMap(([module, { A, B }]) => {
      const names = plainNames(module);
      return [[names.A, A] as const, [names.B, B] as const];
    }),
  );
}
