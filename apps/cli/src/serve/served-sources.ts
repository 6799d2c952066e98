// Which groups and base models a `colora serve` is about: those named, else all of the workspace that have learnt something.
import type { Trained } from '@colora/client/trained';
import { trainedGroups } from '@colora/client/trained-groups';
import { resolveBaseModel } from '../base-model/resolve-base-model.ts';
import { baseModelOf } from '../named-model.ts';
import { type ServedGroup, servedGroup } from './served-group.ts';
import type { ServedOptions } from './served-models.ts';

export interface NamedSources {
  readonly group?: string[];
  readonly workspace: string;
  readonly baseModel?: string;
}

export async function sourcesOf(
  flags: NamedSources,
): Promise<Pick<ServedOptions, 'groups' | 'baseModelOf' | 'baseModel'>> {
  const named = flags.group ?? (await trainedGroups(flags.workspace));
  const groups: ServedGroup[] = [...new Set(named)].map((group) => servedGroup(flags.workspace, group));
  const alone =
    groups.length === 0 && flags.baseModel !== undefined
      ? { name: flags.baseModel, folder: (await resolveBaseModel(flags.baseModel)).folder }
      : null;
  return {
    groups,
    baseModelOf: (trained: Trained) => baseModelOf(trained, flags.baseModel, flags.workspace),
    baseModel: alone,
  };
}
