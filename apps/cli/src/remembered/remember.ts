// What `join`, `login` and their opposites do to what is remembered: one profile a workspace and group, one a coordinator that somebody
// logged in to. The files are profile-files.ts's.
import type { LoginProfile, MemberProfile, Profile } from './profile.ts';
import { addProfile, isProfileName, readProfiles, removeProfile, replaceProfile } from './profile-files.ts';

/** Without a name: `wanted` or its group's, or its address's, with a number where another one has that. */
export type Unnamed = Omit<MemberProfile, 'name'> | Omit<LoginProfile, 'name'>;

/** Does it speak of the same: a workspace's membership, a login? */
function isSame(one: Unnamed, other: Unnamed): boolean {
  if (one.kind === 'member' && other.kind === 'member')
    return one.workspace === other.workspace && one.group === other.group;
  return one.kind === other.kind && one.url === other.url;
}

/** Returns its name. Throws UsageError, FileProblem. */
export async function remember(config: string, given: Unnamed, wanted?: string): Promise<string> {
  const { profiles } = await readProfiles(config);
  const known = profiles.find((profile) => isSame(profile, given));
  if (known !== undefined && (wanted === undefined || wanted === known.name)) {
    await replaceProfile(config, { ...given, name: known.name });
    return known.name;
  }
  const base = wanted ?? ownName(given);
  for (let number = 1; ; number += 1) {
    const name = number === 1 && isProfileName(base) ? base : `${base}-${number}`;
    if (!(await addProfile(config, { ...given, name }))) continue;
    if (known !== undefined) await removeProfile(config, known.name);
    return name;
  }
}

function ownName(given: Unnamed): string {
  if (given.kind === 'member') return shortened(given.group);
  const host = new URL(given.url).host.replaceAll(/[^a-z0-9.-]+/g, '-').replace(/^[-.]+/, '');
  return shortened(host) || 'coordinator';
}

/** By as much as a number beside it takes. */
const shortened = (name: string) => [...name].slice(0, 58).join('');

/** Forgets those that `isMeant` says; returns their names. */
export async function forgetWhere(
  config: string | null,
  isMeant: (profile: Profile) => boolean,
): Promise<string[]> {
  const names = (await readProfiles(config)).profiles.filter(isMeant).map(({ name }) => name);
  for (const name of names) await removeProfile(config!, name);
  return names;
}
