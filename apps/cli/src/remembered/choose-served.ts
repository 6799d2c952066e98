// Which of what is remembered a `colora serve` answers with, and by which names. Nothing is read here.
import { UsageError } from '../usage-error.ts';
import { chooseGroup, type Known, memberNamed, membersOf } from './choose-profile.ts';

export interface ServedGiven {
  readonly workspace?: string | undefined;
  readonly groups?: readonly string[] | undefined;
  /** Names of profiles. */
  readonly profiles?: readonly string[] | undefined;
  /** --base-model */
  readonly baseModel?: string | undefined;
}

interface NamedPlace {
  /** What its models are called by. */
  readonly name: string;
  readonly workspace: string;
  readonly group: string;
}

/** What was named, whether it has learnt anything or not; or all of a workspace, or all that is remembered, that has. */
export type ServedPlaces =
  | { readonly named: readonly NamedPlace[] }
  | { readonly workspace: string }
  | { readonly remembered: readonly NamedPlace[] };

/** `here`: the workspace in the folder that the command runs in. Throws UsageError. */
export function chooseServed(given: ServedGiven, here: string | undefined, known: Known): ServedPlaces {
  const { groups, profiles, workspace = here } = given;
  if (profiles !== undefined) {
    if (groups !== undefined || given.workspace !== undefined)
      throw new UsageError('--profile names workspace and group: leave --group and --workspace out');
    return { named: [...new Set(profiles)].map((name) => memberNamed(name, known.profiles)) };
  }
  if (groups !== undefined)
    return {
      named: [...new Set(groups)].map((group) => {
        const place = chooseGroup({ workspace, groups: [group] }, known);
        return { name: group, workspace: place.workspace, group };
      }),
    };
  if (workspace !== undefined) return { workspace };
  // a base model that was named is served by itself where nothing else was
  return { remembered: given.baseModel === undefined ? membersOf(known.profiles) : [] };
}
