// What colora left on this machine for this user, looked up and not changed. What becomes of it is uninstall.ts's.
import { existsSync } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { workspaceEntries } from '@colora/client/removal/workspace-removal';
import { trainedGroups } from '@colora/client/trained-groups';
import { config } from '../config.ts';
import { usualWorkspace } from '../remembered/choose-profile.ts';
import { readProfiles } from '../remembered/profile-files.ts';
import { readService, serviceFolder, serviceNames } from '../service/installed-services.ts';
import { ownCommand } from '../service/this-system.ts';
import { findInstallation, type Installation } from './installation.ts';

export interface Place {
  readonly path: string;
  readonly bytes: number;
}

export interface KnownWorkspace extends Place {
  /** That it joined, as far as is known here. */
  readonly groups: readonly string[];
}

export interface Traces {
  readonly services: readonly string[];
  /** Names of profiles, damaged ones too. */
  readonly profiles: readonly string[];
  /** Addresses of coordinators whose keys are in the keychain. */
  readonly logins: readonly string[];
  readonly workspaces: readonly KnownWorkspace[];
  /** Base models as colora converted them; null: none. */
  readonly models: Place | null;
  /** Of the Hub, which other programs use too. */
  readonly hub: Place | null;
  readonly vouchKey: string | null;
  readonly installation: Installation;
}

export async function findTraces(): Promise<Traces> {
  const { configFolder } = config;
  const { profiles, damaged } = await readProfiles(configFolder);
  const services = configFolder === null ? [] : await serviceNames(configFolder);
  const groupsOf = new Map<string, Set<string>>();
  const know = (workspace: string, groups: readonly string[]) => {
    const known = groupsOf.get(workspace) ?? new Set();
    groupsOf.set(workspace, new Set([...known, ...groups]));
  };
  know(resolve(usualWorkspace), []);
  for (const profile of profiles) if (profile.kind === 'member') know(profile.workspace, [profile.group]);
  for (const name of services) {
    const service = await readService(serviceFolder(configFolder!, name)).catch(() => null); // it is removed all the same
    if (service !== null) know(service.workspace, service.groups);
  }
  const workspaces: KnownWorkspace[] = [];
  for (const [path, groups] of groupsOf) {
    const entries = await workspaceEntries(path);
    if (entries.length === 0) continue;
    const bytes = await bytesOf(entries.map((name) => join(path, name)));
    workspaces.push({
      path,
      bytes,
      groups: [...new Set([...groups, ...(await trainedGroups(path))])].sort(),
    });
  }
  const vouchKey = configFolder === null ? null : config.vouchKeyFile;
  return {
    services,
    profiles: [...profiles, ...damaged].map(({ name }) => name),
    logins: profiles.flatMap((profile) => (profile.kind === 'login' ? [profile.url] : [])),
    workspaces,
    models: await placeOf(modelFolders(config.cache), config.cache),
    hub: await placeOf([config.hub.cache], config.hub.cache),
    vouchKey: vouchKey !== null && existsSync(vouchKey) ? vouchKey : null,
    installation: await findInstallation(ownCommand()[1]),
  };
}

/** What colora puts into its cache, which may be a folder of other things too. */
export const modelFolders = (cache: string) =>
  ['use-lite', 'gguf', 'precision'].map((name) => join(cache, name)).filter(existsSync);

async function placeOf(folders: readonly string[], path: string): Promise<Place | null> {
  const found = folders.filter(existsSync);
  return found.length === 0 ? null : { path, bytes: await bytesOf(found) };
}

/** Of files, links not followed; what is gone or closed counts for nothing. */
async function bytesOf(paths: readonly string[]): Promise<number> {
  let bytes = 0;
  for (const path of paths) {
    const found = await lstat(path).catch(() => null);
    if (found === null) continue;
    if (!found.isDirectory()) bytes += found.size;
    else bytes += await bytesOf((await readdir(path).catch(() => [])).map((name) => join(path, name)));
  }
  return bytes;
}
