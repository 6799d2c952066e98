// Flags of which workspace and group a command is about, and what they are where nobody says it: the usual workspace where it lies here,
// else what is remembered (remembered/choose-profile.ts). It is filled in before the command runs, and files are read only for what is
// left open.
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { config } from '../../config.ts';
import {
  chooseGroup,
  chooseWorkspace,
  type PlaceGiven,
  usualWorkspace,
} from '../../remembered/choose-profile.ts';
import { chooseServed, type ServedPlaces } from '../../remembered/choose-served.ts';
import { UsageError } from '../../usage-error.ts';
import { collect, readName } from '../option-values.ts';

const profileHelp = 'what is remembered by this name (colora profiles list shows them)';
const workspaceHelp = `folder of the workspace (default: ${usualWorkspace} here, else the one that is remembered)`;

/** Adds --workspace and --profile. */
export function withWorkspaceFlags(command: Command, help = workspaceHelp): Command {
  return command
    .option('--workspace <folder>', help)
    .option('--profile <name>', profileHelp, readName)
    .hook('preAction', async (_, acting) => {
      fill(acting, { workspace: await workspaceFor(givenTo(acting)) });
    });
}

/** Adds --group and --profile, which may be repeated, and --workspace, for a command that is about several; servedBy says what they come to. */
export function withServedFlags(command: Command): Command {
  return command
    .option(
      '--group <name>',
      'a group to serve (may be repeated; default: all of the workspace)',
      collect(readName),
    )
    .option(
      '--workspace <folder>',
      `folder of the workspace (default: ${usualWorkspace} here, else all that is remembered is served)`,
    )
    .option('--profile <name>', `${profileHelp}; may be repeated`, collect(readName));
}

export interface ServedFlags {
  readonly group?: string[];
  readonly workspace?: string;
  readonly profile?: string[];
  readonly baseModel?: string;
}

/** Throws UsageError. */
export async function servedBy({
  group: groups,
  workspace,
  profile: profiles,
  baseModel,
}: ServedFlags): Promise<ServedPlaces> {
  return chooseServed({ groups, workspace, profiles, baseModel }, workspaceHere(), await known());
}

/** Adds --group, --workspace and --profile. `without`: flags with which the command is about no group, where none is named. */
export function withGroupFlags(command: Command, without: readonly string[] = []): Command {
  return command
    .option(
      '--group <name>',
      'the group (default: the one that is remembered, or the only one of the workspace)',
      readName,
    )
    .option('--workspace <folder>', workspaceHelp)
    .option('--profile <name>', profileHelp, readName)
    .hook('preAction', async (_, acting) => {
      const given = givenTo(acting);
      const { workspace = usualWorkspace, groups, profile } = given;
      const isAbout = groups !== undefined || profile !== undefined;
      if (!isAbout && without.some((flag) => acting.opts()[flag] !== undefined))
        return fill(acting, { workspace });
      fill(acting, await groupFor(given, without.length === 0));
    });
}

/** What the command was told. */
function givenTo(command: Command): PlaceGiven {
  const { group, workspace, profile } = command.opts();
  return { workspace, profile, groups: typeof group === 'string' ? [group] : group };
}

function fill(command: Command, values: Readonly<Record<string, string>>): void {
  for (const [flag, value] of Object.entries(values)) command.setOptionValueWithSource(flag, value, 'config');
}

/** Throws UsageError where several are remembered. */
export async function workspaceFor(given: PlaceGiven): Promise<string> {
  const { workspace = workspaceHere(), profile } = given;
  if (workspace !== undefined && profile === undefined) return workspace;
  return chooseWorkspace(given, await known());
}

async function groupFor(
  given: PlaceGiven,
  isNeeded: boolean,
): Promise<{ workspace: string; group?: string }> {
  const { workspace = workspaceHere(), profile, groups } = given;
  const [group] = groups ?? [];
  if (profile !== undefined) return chooseGroup(given, await known());
  if (workspace !== undefined && group !== undefined) return { workspace, group };
  const place = chooseGroup({ workspace, groups }, await known());
  if (place.group !== undefined) return place;
  const { joinedGroups } = await import('@colora/client/trained-groups');
  const [only, ...others] = await joinedGroups(place.workspace);
  if (only !== undefined && others.length === 0) return { ...place, group: only };
  if (!isNeeded) return place;
  const there = only === undefined ? 'none' : [only, ...others].join(', ');
  throw new UsageError(
    `say which group: --group NAME (none is remembered, and the workspace ${place.workspace} holds ${there})`,
  );
}

/** The usual one, if it lies in the folder that the command runs in. */
export function workspaceHere(): string | undefined {
  return existsSync(usualWorkspace) ? usualWorkspace : undefined;
}

async function known() {
  const { readWholeProfiles } = await import('../../remembered/profile-files.ts');
  return {
    profiles: await readWholeProfiles(config.configFolder),
    absolute: (path: string) => resolve(path),
  };
}
