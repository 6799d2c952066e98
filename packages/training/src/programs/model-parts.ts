// Which tensors one learner trains and who owns them: adapters by layout, head rows by label.
// Names and shapes only; values are initialised by the adapters package and trained by train-round.ts.
import { type AdapterTensor, adapterTensors } from '@colora/adapters/adapter-tensors';
import {
  type HeadOwnership,
  type HeadTensorNames,
  headTensorNames,
  initialHead,
} from '@colora/adapters/head';
import { initialise } from '@colora/adapters/initialise';
import type { Linear } from '@colora/adapters/layouts';
import type { BaseModel } from '@colora/models/base-model';
import { controlPrefix } from '@colora/protocol/control-names';
import type { TaskSettings } from '@colora/protocol/task-settings';
import type { NamedShape } from '@colora/tensors/pieces';
import type { TensorMap } from '@colora/tensors/tensor';
import { taskOf } from '../tasks/tasks.ts';
import { taskModules } from './task-modules.ts';

export interface ModelParts {
  readonly base: BaseModel;
  readonly settings: TaskSettings;
  readonly modules: readonly Linear[];
  readonly adapters: readonly AdapterTensor[];
  /** The labels whose rows the head has here, in the task's order; empty where the task has no head. */
  readonly labels: readonly string[];
  /** Length of what a head looks at: a text's vector, or a token's; 0 where there is none. */
  readonly featureSize: number;
  readonly head: ModelHead;
  readonly shared: readonly NamedShape[];
  readonly personal: readonly NamedShape[];
}

/** The head's rows by owner. */
interface ModelHead extends HeadTensorNames {
  /** Null where the task has no head. */
  readonly ownership: HeadOwnership | null;
  /** logits = scale (W f + b) */
  readonly scale: number;
}

/** Throws TrainingError `wrong-task` where the base model can't do the task, AdapterError on a wrong target. */
export function modelParts(base: BaseModel, settings: TaskSettings, labels: readonly string[]): ModelParts {
  const featureSize = taskOf(settings.task).featureSize(base);
  const modules = taskModules(base.linears, settings);
  const adapters = adapterTensors(settings.adapter, modules);
  const head = headOf(settings.task, labels);
  const owned = (owner: AdapterTensor['owner'], rows: readonly string[]): NamedShape[] => [
    ...adapters.filter((tensor) => tensor.owner === owner).map(({ name, shape }) => ({ name, shape })),
    ...rows.map((name) => ({ name, shape: [featureSize + 1] })),
  ];
  return {
    base,
    settings,
    modules,
    adapters,
    labels,
    featureSize,
    head,
    shared: owned('shared', head.shared),
    personal: owned('personal', head.personal),
  };
}

/** Names and shapes of the group's checkpoint 0, which holds every label's row; clusters' rows come behind them later. */
export function checkpointShapes({ base, settings }: Pick<ModelParts, 'base' | 'settings'>): NamedShape[] {
  const labels = taskOf(settings.task).head(settings.task)?.labels ?? [];
  const { shared } = modelParts(base, settings, labels);
  if (!settings.training.controls) return [...shared];
  return [...shared, ...shared.map(({ name, shape }) => ({ name: controlPrefix + name, shape }))];
}

function headOf(settings: TaskSettings['task'], labels: readonly string[]): ModelHead {
  const head = taskOf(settings).head(settings);
  if (head === null) return { shared: [], personal: [], ownership: null, scale: 1 };
  return { ...headTensorNames(head.ownership, labels), ownership: head.ownership, scale: head.scale };
}

/** The personal tensors at their start, from the participant's own seed. */
export function initialPersonal(parts: ModelParts, seed: string | number): TensorMap {
  return new Map([
    ...initialise(parts.settings.adapter, parts.modules, 'personal', seed),
    ...initialHead(parts.head.personal, parts.featureSize),
  ]);
}

/** The tensors nobody trains, the same for everybody in the group. */
export function frozenTensors(parts: ModelParts): TensorMap {
  return initialise(parts.settings.adapter, parts.modules, 'frozen', parts.settings.seed);
}
