// The models of groups that write, on one base model, in one generator: each group's own and its shared one as an adapter
// of the same program, so that going from one to another changes numbers and loads nothing. Nothing of an adapter stays on this side.
import type { Trained } from '@colora/client/trained';
import { openBaseModel } from '@colora/models/base-model';
import type { WrittenToken } from '@colora/training/generation/token-logprobs';
import { foldModel, plainTensors } from '@colora/training/programs/folded-model';
import type { Generation, GenerationRequest, Trainer } from '@colora/training/trainer';
import { foldTrained } from '../trained-model/fold-trained.ts';

/** Under which names the models of what was learnt in a group are asked for. */
export interface AdapterNames {
  readonly own: string;
  readonly shared: string;
}

/** Told while a text is written: what is new of it, and its tokens where they were asked about. */
export type OnText = (text: string, written: readonly WrittenToken[]) => void;

export interface ServedTexts {
  /** Puts what a group has learnt beside the others, or in the place of what it had learnt before. */
  put(names: AdapterNames, trained: Trained): Promise<void>;
  /** `adapter`: of those names; null: the base model. */
  generate(request: GenerationRequest, onText: OnText, signal: AbortSignal): Promise<Generation>;
}

export async function serveTexts(trainer: Trainer, baseModel: string): Promise<ServedTexts> {
  const { linears } = await openBaseModel(baseModel);
  const generator = await trainer.openGenerator({ baseModel, adapters: {} });
  return {
    async put({ own, shared }, trained) {
      await generator.put(own, plainTensors(foldTrained(trained, { linears })));
      const alike = foldModel(trained.group.settings, linears, trained.shared);
      await generator.put(shared, plainTensors(alike));
    },
    generate: (request, onText, signal) => generator.generate(request, onText, signal),
  };
}
