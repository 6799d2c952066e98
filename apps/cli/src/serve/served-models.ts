// All models that `colora serve` has, by the names that they are asked for: a base model by its own, what a group has
// learnt by the group's or the profile's, and the shared part of that by `GROUP/shared`. One trainer runs them all, one request at a time.
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
import { type OnText, type ServedTexts, serveTexts } from './served-texts.ts';

export interface ServedModels {
  list(): readonly ListedModel[];
  /** Of a group's model: which checkpoint it answers with, and what its base model is called here, if it writes. */
  factsOf(name: string): { readonly version: number | null; readonly base: string | null };
  /** Throws ServeError for a model that isn't there or doesn't write. */
  write(asked: Writing, onText: OnText, signal: AbortSignal): Promise<Generation>;
  /** Throws ServeError for a model that isn't there or has no labels. */
  classify(asked: Classifying): Promise<readonly Prediction[]>;
}

export interface ServedOptions {
  readonly trainer: Trainer;
  readonly groups: readonly ServedGroup[];
  /** The folder of the base model of what a group has learnt. */
  readonly baseModelOf: (trained: Trained, source: ServedGroup) => Promise<string>;
  /** Served by itself, with the name that it is asked for by; null: only those of the groups. */
  readonly baseModel: { readonly name: string; readonly folder: string } | null;
  readonly say: (line: string) => void;
}

/** On one base model, which is called `baseName` here. */
interface Writer extends ServedTexts {
  readonly baseName: string;
}

interface TextModel {
  readonly kind: 'text';
  readonly texts: Writer;
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

/** What a group's models are called. */
const namesOf = (name: string) => ({ own: name, shared: `${name}/shared` });

/** Opens all of them. Throws what reading workspaces and models throws, and UsageError where there is nothing to serve, or two of a name. */
export async function openServed(options: ServedOptions): Promise<ServedModels> {
  const { trainer, groups, say } = options;
  const models = new Map<string, Model>();
  const add = (name: string, model: Model) => {
    if (models.has(name))
      throw new UsageError(`two models are called ${name}: name what is served by --profile, each its own`);
    models.set(name, model);
  };
  /** One for each base model that is written with, by its fingerprint: however many folders it lies in, it is read once. */
  const writers = new Map<string, Writer>();
  const writerOn = async (folder: string, name: string, fingerprint: string) => {
    const known = writers.get(fingerprint);
    if (known !== undefined) return known;
    const isTaken = models.has(name) || groups.some((source) => source.name === name);
    const baseName = isTaken ? `${name}/base` : name;
    const texts: Writer = { ...(await serveTexts(trainer, folder)), baseName };
    writers.set(fingerprint, texts);
    const base = { kind: 'text', texts, adapter: null, source: null } as const;
    add(baseName, { ...base, what: 'the base model', version: null, created: now() });
    return texts;
  };
  if (options.baseModel !== null) await writerOn(options.baseModel.folder, options.baseModel.name, '');
  for (const source of groups) {
    const trained = (await source.news())!; // the first are always new
    const { version, group } = trained;
    const { baseModel: base, task } = group.settings;
    const baseModel = await options.baseModelOf(trained, source);
    await checkBaseModel(baseModel, base);
    const names = namesOf(source.name);
    const facts = { source, version, created: now() };
    if (taskKindTable[task.kind].writes) {
      const texts = await writerOn(baseModel, base.name, base.fingerprint);
      await texts.put(names, trained);
      const text = { kind: 'text', texts, ...facts } as const;
      add(names.own, { ...text, adapter: names.own, what: 'personal model' });
      add(names.shared, { ...text, adapter: names.shared, what: 'shared model' });
      continue;
    }
    const label = async (name: string, what: string, of: LabelModel['of']) =>
      add(name, { kind: 'labels', ...facts, baseModel, of, models: await of(trained), what });
    await label(names.own, 'labels of the personal model', (read) => modelsOf(read, baseModel, undefined));
    await label(names.shared, 'labels of the shared model', async (read) => [
      { ...(await tensorsOf('shared', baseModel, read.group.settings, read)), weight: 1 },
    ]);
  }
  if (models.size === 0)
    throw new UsageError(
      'nothing to serve: no group that has learnt something is here; say where by --workspace, or name a --group or a --base-model',
    );

  const find = (name: string): Model => {
    const model = models.get(name);
    if (model !== undefined) return model;
    throw new ServeError(404, 'model_not_found', `there is no model ${name} here: see /v1/models`, 'model');
  };
  /** A daemon may have trained on since. */
  const renew = async (model: Model): Promise<void> => {
    if (model.source === null) return;
    const trained = await model.source.news();
    if (trained === null) return;
    const { name } = model.source;
    if (model.kind === 'text') await model.texts.put(namesOf(name), trained);
    for (const one of models.values()) {
      if (one.source !== model.source) continue;
      if (one.kind === 'labels') one.models = await one.of(trained);
      one.version = trained.version;
      one.created = now();
    }
    say(`${name}: answers of checkpoint ${trained.version} from now on`);
  };
  return {
    list: () =>
      [...models].map(([id, { created, what, version }]) => ({
        ...{ id, created },
        about: version === null ? what : `${what} of checkpoint ${version}`,
      })),
    factsOf(name) {
      const model = find(name);
      return { version: model.version, base: model.kind === 'text' ? model.texts.baseName : null };
    },
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
