// Which groups and base models a `colora serve` is about, and what they are called: those named, else what lies here or is remembered
// (remembered/choose-served.ts) and has learnt something.
import { trainedGroups } from '@colora/client/trained-groups';
import { resolveBaseModel } from '../base-model/resolve-base-model.ts';
import { baseModelOf } from '../named-model.ts';
import type { ServedPlaces } from '../remembered/choose-served.ts';
import { type ServedGroup, servedGroup } from './served-group.ts';
import type { ServedOptions } from './served-models.ts';

export async function sourcesOf(
  places: ServedPlaces,
  baseModel: string | undefined,
): Promise<Pick<ServedOptions, 'groups' | 'baseModelOf' | 'baseModel'>> {
  const groups = await groupsAt(places);
  const alone =
    groups.length === 0 && baseModel !== undefined
      ? { name: baseModel, folder: (await resolveBaseModel(baseModel)).folder }
      : null;
  return {
    groups,
    baseModelOf: (trained, { workspace }) => baseModelOf(trained, baseModel, workspace),
    baseModel: alone,
  };
}

async function groupsAt(places: ServedPlaces): Promise<ServedGroup[]> {
  if ('named' in places)
    return places.named.map(({ name, workspace, group }) => servedGroup(name, workspace, group));
  if ('workspace' in places) {
    const { workspace } = places;
    return (await trainedGroups(workspace)).map((group) => servedGroup(group, workspace, group));
  }
  const found = await Promise.all(
    places.remembered.map(async ({ name, workspace, group }) =>
      (await trainedGroups(workspace)).includes(group) ? [servedGroup(name, workspace, group)] : [],
    ),
  );
  return found.flat();
}
