// Which tensors one learner trains and who owns them: adapters by layout, head rows by label.
// Names and shapes only; values are initialised by the adapters package and trained by train-round.ts.
import { type AdapterTensor, adapterTensors } from '@colora/adapters/adapter-tensors';
import { headTensorNames, initialHead } from '@colora/adapters/head';
import { initialise } from '@colora/adapters/initialise';
import type { Linear } from '@colora/adapters/layouts';
import type { BaseModel } from '@colora/models/base-model';
import type { TaskSettings } from '@colora/protocol/task-settings';
import { sameShape, type TensorMap } from '@colora/tensors/tensor';
import { TrainingError } from '../training-error.ts';
import { decoderOf, encoderOf, tokenEncoderOf } from './model-outputs.ts';
import { taskModules } from './task-modules.ts';

export interface NamedShape {
  readonly name: string;
  readonly shape: readonly number[];
}

export interface ModelParts {
  readonly base: BaseModel;
  readonly settings: TaskSettings;
  readonly modules: readonly Linear[];
  readonly adapters: readonly AdapterTensor[];
  /** The labels whose rows the head has here, in the task's order; empty for a language model. */
  readonly labels: readonly string[];
  /** Length of what a head looks at: a text's vector, or a token's; 0 for a language model. */
  readonly featureSize: number;
  readonly head: { readonly shared: readonly string[]; readonly personal: readonly string[] };
  readonly shared: readonly NamedShape[];
  readonly personal: readonly NamedShape[];
}

/** Throws TrainingError `wrong-task` where the base model can't do the task, AdapterError on a wrong target. */
export function modelParts(base: BaseModel, settings: TaskSettings, labels: readonly string[]): ModelParts {
  const { task } = settings;
  const featureSize = featureSizeOf(base, task.kind);
  const modules = taskModules(base.linears, settings);
  const adapters = adapterTensors(settings.adapter, modules);
  const head = task.kind === 'causal-lm' ? { shared: [], personal: [] } : headTensorNames(task.head, labels);
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

function featureSizeOf(base: BaseModel, kind: TaskSettings['task']['kind']): number {
  if (kind === 'classification') return encoderOf(base).featureSize(base.config);
  if (kind === 'token-classification') return tokenEncoderOf(base).stateSize(base.config);
  decoderOf(base);
  return 0;
}

/** The personal tensors at their start, from the participant's own seed. */
export function initialPersonal(parts: ModelParts, seed: number): TensorMap {
  return new Map([
    ...initialise(parts.settings.adapter, parts.modules, 'personal', seed),
    ...initialHead(parts.head.personal, parts.featureSize),
  ]);
}

/** The tensors nobody trains, the same for everybody in the group. */
export function frozenTensors(parts: ModelParts): TensorMap {
  return initialise(parts.settings.adapter, parts.modules, 'frozen', parts.settings.seed);
}

/**
 * The tensors of these names out of `tensors`, in this order. `source` says in the error where one is missing or of
 * a wrong shape: TrainingError `bad-tensors`.
 */
export function pickTensors(tensors: TensorMap, wanted: readonly NamedShape[], source: string): TensorMap {
  return new Map(
    wanted.map(({ name, shape }) => {
      const tensor = tensors.get(name);
      if (tensor === undefined) throw new TrainingError('bad-tensors', `${source} lacks the tensor ${name}`);
      if (sameShape(tensor.shape, shape)) return [name, tensor];
      throw new TrainingError(
        'bad-tensors',
        `${source}: tensor ${name} has shape [${tensor.shape.join(', ')}], this task needs [${shape.join(', ')}]`,
      );
    }),
  );
}
