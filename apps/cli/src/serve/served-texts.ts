// The models of groups that write, on one base model, in one generator: each group's own and its shared one as an adapter
// of the same program, so that going from one to another changes numbers and loads nothing.
import { adapterRank } from '@colora/adapters/adopt';
import type { Linear } from '@colora/adapters/layouts';
import type { Trained } from '@colora/client/trained';
import { openBaseModel } from '@colora/models/base-model';
import type { TaskSettings } from '@colora/protocol/task-settings';
import { type FoldedModel, foldModel, unfoldModel } from '@colora/training/programs/folded-model';
import type { Generation, GenerationRequest, Generator, Trainer } from '@colora/training/trainer';
import { foldTrained } from '../trained-model/fold-trained.ts';

export interface ServedTexts {
  /** Puts what a group has learnt in the place of what it had learnt before. */
  put(trained: Trained): Promise<void>;
  /** `adapter`: of `adaptersOf`; null: the base model. */
  generate(
    request: GenerationRequest,
    onText: (text: string) => void,
    signal: AbortSignal,
  ): Promise<Generation>;
}

/** Under which names a group's models are in the generator. */
export const adaptersOf = (group: string) => ({ own: group, shared: `${group}/shared` });

/** Room that all adapters have in common. */
interface Room {
  readonly rank: number;
  readonly targets: readonly string[];
}

export async function serveTexts(
  trainer: Trainer,
  baseModel: string,
  groups: readonly Trained[],
): Promise<ServedTexts> {
  const { linears } = await openBaseModel(baseModel);
  const settings = groups[0]?.group.settings;
  const folded = new Map<string, FoldedModel>();
  const foldIn = (trained: Trained) => {
    const names = adaptersOf(trained.group.name);
    folded.set(names.own, foldTrained(trained, { linears }));
    folded.set(names.shared, foldModel(trained.group.settings, linears, trained.shared));
    return names;
  };
  groups.forEach(foldIn);
  let room = roomOf(folded);
  let generator = await open(trainer, baseModel, settings, linears, folded, room);
  return {
    async put(trained) {
      const names = foldIn(trained);
      const needed = roomOf(folded);
      if (needed.rank <= room.rank && needed.targets.every((name) => room.targets.includes(name))) {
        for (const name of Object.values(names))
          await generator.replace(name, tensorsIn(trained.group.settings, linears, folded.get(name)!, room));
        return;
      }
      room = needed;
      await generator.close();
      generator = await open(trainer, baseModel, trained.group.settings, linears, folded, room);
    },
    generate: (request, onText, signal) => generator.generate(request, onText, signal),
  };
}

function roomOf(folded: ReadonlyMap<string, FoldedModel>): Room {
  const models = [...folded.values()];
  return {
    rank: Math.max(1, ...models.map(adapterRank)),
    targets: [...new Set(models.flatMap((model) => [...model.keys()]))].sort(),
  };
}

function tensorsIn(settings: TaskSettings, linears: readonly Linear[], model: FoldedModel, room: Room) {
  return unfoldModel(settings, linears, model, room.rank, room.targets).shared;
}

async function open(
  trainer: Trainer,
  baseModel: string,
  settings: TaskSettings | undefined,
  linears: readonly Linear[],
  folded: ReadonlyMap<string, FoldedModel>,
  room: Room,
): Promise<Generator> {
  if (settings === undefined || room.targets.length === 0)
    return await trainer.openGenerator({ baseModel, adapters: null });
  const tensors = Object.fromEntries(
    [...folded].map(([name, model]) => [name, tensorsIn(settings, linears, model, room)]),
  );
  const { adapter } = unfoldModel(settings, linears, new Map(), room.rank, room.targets).settings;
  return await trainer.openGenerator({ baseModel, adapters: { settings: adapter, tensors } });
}
