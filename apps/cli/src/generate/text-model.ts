// What `generate` writes with: a workspace's language model, shared and personal part folded into one adapter, or a
// base model alone; opened in a trainer of its own. Flags are commands/use/generate.ts.
import { checkBaseModel } from '@colora/client/session/check-base-model';
import type { Trained } from '@colora/client/trained';
import { openBaseModel } from '@colora/models/base-model';
import { taskKindTable } from '@colora/protocol/task-kinds';
import { plainTensors } from '@colora/training/programs/folded-model';
import {
  type Generator,
  type GeneratorOptions,
  startTrainer,
  type TrainerOptions,
} from '@colora/training/trainer';
import { foldTrained, type OneModel } from '../trained-model/fold-trained.ts';
import { UsageError } from '../usage-error.ts';

export interface TextModelOptions {
  /** Folder of the base model. */
  readonly baseModel: string;
  /** What a workspace has learnt; null: the base model alone. */
  readonly trained: Trained | null;
  /** One of the models that are blended, to look at. */
  readonly only?: OneModel | undefined;
  readonly trainer: TrainerOptions;
}

export interface TextModel {
  readonly generator: Generator;
  /** Under which name the generator knows what was learnt; null: it knows the base model alone. */
  readonly adapter: string | null;
  /** What runs it, in one line. */
  readonly runsOn: string;
  /** Version of the checkpoint; null for a base model alone. */
  readonly version: number | null;
  close(): Promise<void>;
}

/** Throws UsageError for a group that writes no text, and what reading the workspace and the model throw. */
export async function openTextModel({
  baseModel,
  trained,
  only,
  trainer,
}: TextModelOptions): Promise<TextModel> {
  if (trained !== null) {
    assertWrites(trained);
    await checkBaseModel(baseModel, trained.group.settings.baseModel);
  }
  const adapters = trained === null ? {} : await foldedAdapter(trained, baseModel, only);
  const started = await startTrainer(forWriting(trainer));
  try {
    const generator = await started.openGenerator({ baseModel, adapters });
    const runsOn = `${started.engine} on ${started.device}: ${started.why}`;
    const version = trained?.version ?? null;
    const adapter = ownAdapter in adapters ? ownAdapter : null;
    return { generator, adapter, runsOn, version, close: () => started.close() };
  } catch (error) {
    await started.close();
    throw error;
  }
}

/**
 * The processor unless told otherwise: a token is hundreds of small operations one after the other, and a card that is fast at
 * training waits for each (SmolLM2-135M: 39 tokens/s on four cores, 36 on CUDA and 4 on WebGPU of an H100).
 */
export function forWriting(options: TrainerOptions): TrainerOptions {
  const { device = 'auto' } = options;
  return { ...options, device: device === 'auto' ? 'cpu' : device };
}

function assertWrites({ group }: Trained): void {
  if (taskKindTable[group.settings.task.kind].writes) return;
  throw new UsageError(`--group: ${group.name} labels texts and writes none; use colora predict`);
}

/** What a workspace's own model is called in a generator. */
const ownAdapter = 'own';

/** One plain LoRA runs faster than a layout's several paths. */
async function foldedAdapter(
  trained: Trained,
  baseModel: string,
  only: OneModel | undefined,
): Promise<GeneratorOptions['adapters']> {
  const { linears } = await openBaseModel(baseModel);
  const folded = foldTrained(trained, { linears }, only);
  return folded.size === 0 ? {} : { [ownAdapter]: plainTensors(folded) };
}
