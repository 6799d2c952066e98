// Which workspace, group and coordinator a command is about that was not told: the one that is remembered. Of several none is guessed:
// they are named. Nothing is read here.
import { UsageError } from '../usage-error.ts';
import type { MemberProfile, Profile } from './profile.ts';

export const usualWorkspace = '.colora-workspace';
export const usualUrl = 'http://127.0.0.1:7070';

export interface PlaceGiven {
  readonly workspace?: string | undefined;
  readonly groups?: readonly string[] | undefined;
  /** A profile's name. */
  readonly profile?: string | undefined;
}

interface Place {
  readonly workspace: string;
  /** As given, or the profile's; undefined where nothing says it. */
  readonly groups: readonly string[] | undefined;
}

export interface Known {
  readonly profiles: readonly Profile[];
  readonly absolute: (path: string) => string;
}

export const membersOf = (profiles: readonly Profile[]): MemberProfile[] =>
  profiles.flatMap((profile) => (profile.kind === 'member' ? [profile] : []));

/**
 * For a command that is about one group of a workspace; without a group where nothing is said nor remembered of one. Throws UsageError
 * naming the candidates where there are several.
 */
export function chooseGroup(given: PlaceGiven, known: Known): { workspace: string; group?: string } {
  const { workspace, groups } = choose(given, known, ({ workspace: at, group }) => `${group} in ${at}`);
  const [group] = groups ?? [];
  return { workspace, ...(group === undefined ? {} : { group }) };
}

/** For a command that is about a workspace as a whole. Throws UsageError naming the candidates where there are several. */
export function chooseWorkspace(given: PlaceGiven, known: Known): string {
  return choose(given, known, ({ workspace }) => workspace).workspace;
}

/** `differs`: what of candidates makes them different ones. */
function choose(
  { workspace, groups, profile }: PlaceGiven,
  known: Known,
  differs: (profile: MemberProfile) => string,
): Place {
  if (profile !== undefined) return placeOf(profile, { workspace, groups }, known);
  if (workspace !== undefined && groups !== undefined) return { workspace, groups };
  const candidates = membersOf(known.profiles).filter(
    (one) =>
      (workspace === undefined || one.workspace === known.absolute(workspace)) &&
      (groups === undefined || groups.includes(one.group)),
  );
  const distinct = new Map(candidates.map((one) => [differs(one), one]));
  if (distinct.size > 1) throw new UsageError(severalText(candidates));
  const [only] = distinct.values();
  return {
    workspace: workspace ?? only?.workspace ?? usualWorkspace,
    groups: groups ?? (only === undefined ? undefined : [only.group]),
  };
}

function placeOf(name: string, { workspace, groups }: PlaceGiven, { profiles, absolute }: Known): Place {
  const found = memberNamed(name, profiles);
  const isOther =
    (workspace !== undefined && absolute(workspace) !== found.workspace) ||
    groups?.some((group) => group !== found.group) === true;
  if (isOther)
    throw new UsageError(
      `--profile: ${name} is ${found.group} in ${found.workspace}, and --group or --workspace say another`,
    );
  return { workspace: found.workspace, groups: [found.group] };
}

/** Throws UsageError naming those that there are. */
export function memberNamed(name: string, profiles: readonly Profile[]): MemberProfile {
  const members = membersOf(profiles);
  const found = members.find((one) => one.name === name);
  if (found === undefined) throw new UsageError(notRemembered(name, members));
  return found;
}

function notRemembered(name: string, profiles: readonly Profile[]): string {
  const others = profiles.map((one) => one.name).join(', ');
  return `--profile: ${name} is not remembered, ${others === '' ? 'nor is another' : `but ${others}`}`;
}

function severalText(candidates: readonly MemberProfile[]): string {
  const lines = candidates.map(
    ({ name, group, workspace, url }) =>
      `\n  --profile ${name}   (--group ${group} --workspace ${workspace}, at ${url})`,
  );
  return `several are remembered: say which${lines.join('')}`;
}

/** For a command that is about a coordinator, and a workspace's part there if one joined it. Throws UsageError as the others. */
export function chooseCoordinator(
  { url, workspace, profile: name }: { readonly url?: string | undefined } & PlaceGiven,
  { profiles, absolute }: Known,
): { url: string; workspace: string } {
  const named = profiles.find((one) => one.name === name);
  if (name !== undefined && named === undefined) throw new UsageError(notRemembered(name, profiles));
  const members = membersOf(named === undefined ? profiles : [named]);
  const joined = members.find((one) => workspace !== undefined && one.workspace === absolute(workspace));
  const at = url ?? named?.url ?? joined?.url ?? chooseUrl(profiles, 'anybody');
  const there = new Set(members.flatMap((one) => (one.url === at ? [one.workspace] : [])));
  const only = there.size === 1 ? [...there][0] : undefined;
  return { url: at, workspace: workspace ?? only ?? usualWorkspace };
}

/**
 * The coordinator of a command that was told none: the one that somebody logged in to; with `anybody`, or where nobody logged in, the
 * one that a workspace joined at. Throws UsageError naming the candidates where there are several.
 */
export function chooseUrl(profiles: readonly Profile[], who: 'logins-first' | 'anybody'): string {
  const logins = profiles.filter(({ kind }) => kind === 'login');
  const candidates = who === 'logins-first' && logins.length > 0 ? logins : profiles;
  const urls = [...new Set(candidates.map(({ url }) => url))];
  if (urls.length <= 1) return urls[0] ?? usualUrl;
  throw new UsageError(
    `several coordinators are remembered: name one by its address, or in COLORA_URL${urls.map((url) => `\n  ${url}`).join('')}`,
  );
}
