// What a member's first round would start from, before she has joined: the group's file and base model say it, and nobody is asked. A group
// that starts from an adapter has another first checkpoint.
import type { OwnStart } from '@colora/client/privacy-check/own-start';
import { shippedModel } from '../../base-model/base-model-name.ts';

export interface FirstStart {
  readonly start: OwnStart;
  /** Folder of the base model. */
  readonly baseModel: string;
}

/** `flag`: --base-model. Throws UsageError naming what is wrong in the file. */
export async function firstStart(file: string, flag: string | undefined): Promise<FirstStart> {
  const { readGroupFile, settingsIn } = await import('../../group-file/group-file.ts');
  const { resolveBaseModel } = await import('../../base-model/resolve-base-model.ts');
  const { openBaseModel } = await import('@colora/models/base-model');
  const { initialShared } = await import('@colora/training/learning/initial-checkpoint');
  const read = await readGroupFile(file);
  const { folder, name } = await resolveBaseModel(flag ?? read.baseModel?.name ?? shippedModel);
  const { modelType, fingerprint } = await openBaseModel(folder);
  const settings = settingsIn(read, { name, modelType, fingerprint });
  const nothing = { labels: [], data: null, checkpoint: null, place: null };
  const group = { name: read.name, createdAt: '', settings, ...nothing };
  const shared = await initialShared(folder, settings, settings.seed);
  return {
    start: { group, version: 0, round: 1, shared, rows: new Map(), together: null, personal: null },
    baseModel: folder,
  };
}
