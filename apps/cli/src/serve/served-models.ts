// All models that `colora serve` has, by the names that they are asked for: a base model by its own, what a group has
// learnt by the group's, and the shared part of that by `GROUP/shared`. One trainer runs them all, one request at a time.
import { checkBaseModel } from '@colora/client/session/check-base-model';
import type { Trained } from '@colora/client/trained';
import { taskKindTable } from '@colora/protocol/task-kinds';
import type { Prediction } from '@colora/training/tasks/tasks';
import type { Generation, Trainer } from '@colora/training/trainer';
import { modelsOf, predictWith, type WeightedModel } from '../trained-model/mixed-model.ts';
import { tensorsOf } from '../trained-model/model-tensors.ts';
import { UsageError } from '../usage-error.ts';
import type { ListedModel } from './answers.ts';
import type { Classifying, Writing } from './requests.ts';
import { ServeError } from './serve-error.ts';
import type { ServedGroup } from './served-group.ts';
import { adaptersOf, type ServedTexts, serveTexts } from './served-texts.ts';

export interface ServedModels {
  list(): readonly ListedModel[];
  /** Of the checkpoint that a group's model answers with; null of a base model, and of none. */
  versionOf(name: string): number | null;
  /** Throws ServeError for a model that isn't there or doesn't write. */
  write(asked: Writing, onText: (text: string) => void, signal: AbortSignal): Promise<Generation>;
  /** Throws ServeError for a model that isn't there or has no labels. */
  classify(asked: Classifying): Promise<readonly Prediction[]>;
}

export interface ServedOptions {
  readonly trainer: Trainer;
  readonly groups: readonly ServedGroup[];
  /** The folder of the base model of what a group has learnt. */
  readonly baseModelOf: (trained: Trained) => Promise<string>;
  /** Served by itself, with the name that it is asked for by; null: only those of the groups. */
  readonly baseModel: { readonly name: string; readonly folder: string } | null;
  readonly say: (line: string) => void;
}

interface TextModel {
  readonly kind: 'text';
  readonly texts: ServedTexts;
  readonly adapter: string | null;
  /** Whose news to look for first. */
  readonly source: ServedGroup | null;
}

interface LabelModel {
  readonly kind: 'labels';
  readonly source: ServedGroup;
  readonly baseModel: string;
  /** Of what was learnt. */
  readonly of: (trained: Trained) => Promise<readonly WeightedModel[]>;
  models: readonly WeightedModel[];
}

type Model = (TextModel | LabelModel) & {
  /** For people: what it is, and of which checkpoint; null of a base model. */
  readonly what: string;
  version: number | null;
  created: number;
};

const now = () => Math.floor(Date.now() / 1000);

/** Opens all of them. Throws what reading workspaces and models throws, and UsageError where there is nothing to serve. */
export async function openServed(options: ServedOptions): Promise<ServedModels> {
  const { trainer, groups, say } = options;
  const models = new Map<string, Model>();
  /** Of groups that write, by the folder of their base model. */
  const writing = new Map<string, { readonly name: string; readonly of: [ServedGroup, Trained][] }>();
  if (options.baseModel !== null)
    writing.set(options.baseModel.folder, { name: options.baseModel.name, of: [] });
  for (const source of groups) {
    const { trained } = await source.read();
    const { settings, name } = trained.group;
    const baseModel = await options.baseModelOf(trained);
    await checkBaseModel(baseModel, settings.baseModel);
    if (taskKindTable[settings.task.kind].writes) {
      const known = writing.get(baseModel) ?? { name: settings.baseModel.name, of: [] };
      known.of.push([source, trained]);
      writing.set(baseModel, known);
    } else {
      const { version } = trained;
      const label = async (id: string, what: string, of: LabelModel['of']) => {
        const own = await of(trained);
        const facts = { source, baseModel, of, models: own, what, version, created: now() };
        models.set(id, { kind: 'labels', ...facts });
      };
      const ids = adaptersOf(name);
      await label(ids.own, 'labels of the personal model', (read) => modelsOf(read, baseModel, undefined));
      await label(ids.shared, 'labels of the shared model', async (read) => [
        { ...(await tensorsOf('shared', baseModel, read.group.settings, read)), weight: 1 },
      ]);
    }
  }
  for (const [folder, { name, of }] of writing) {
    const read = of.map(([, trained]) => trained);
    const texts = await serveTexts(trainer, folder, read);
    const base = { kind: 'text', texts, adapter: null, source: null } as const;
    models.set(name, { ...base, what: 'the base model', version: null, created: now() });
    for (const [source, trained] of of) {
      const { own, shared } = adaptersOf(trained.group.name);
      const { version } = trained;
      const text = { kind: 'text', texts, source, version, created: now() } as const;
      models.set(own, { ...text, adapter: own, what: 'personal model' });
      models.set(shared, { ...text, adapter: shared, what: 'shared model' });
    }
  }
  if (models.size === 0) throw new UsageError('nothing to serve: name a group, or a base model');

  const find = (name: string): Model => {
    const model = models.get(name);
    if (model !== undefined) return model;
    throw new ServeError(404, 'model_not_found', `there is no model ${name} here: see /v1/models`, 'model');
  };
  /** A daemon may have trained on since. */
  const renew = async (model: Model): Promise<void> => {
    if (model.source === null) return;
    const { trained, changed } = await model.source.read();
    if (!changed) return;
    if (model.kind === 'text') await model.texts.put(trained);
    for (const one of models.values()) {
      if (one.source !== model.source) continue;
      if (one.kind === 'labels') one.models = await one.of(trained);
      one.version = trained.version;
      one.created = now();
    }
    say(`${trained.group.name}: answers of checkpoint ${trained.version} from now on`);
  };
  return {
    list: () =>
      [...models].map(([id, { created, what, version }]) => ({
        ...{ id, created },
        about: version === null ? what : `${what} of checkpoint ${version}`,
      })),
    versionOf: (name) => models.get(name)?.version ?? null,
    async write({ model: name, stream: _, streamUsage: __, ...asked }, onText, signal) {
      const model = find(name);
      if (model.kind === 'labels')
        throw new ServeError(400, 'wrong_model', `${name} labels texts: use /v1/classify`, 'model');
      await renew(model);
      return await model.texts.generate({ ...asked, adapter: model.adapter }, onText, signal);
    },
    async classify({ model: name, texts }) {
      const model = find(name);
      if (model.kind === 'text')
        throw new ServeError(400, 'wrong_model', `${name} writes texts and has no labels`, 'model');
      await renew(model);
      return await predictWith(trainer, model.baseModel, model.models, texts);
    },
  };
}
