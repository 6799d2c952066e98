// Everything that colora left for this user taken away, in an order in which what fails hurts nothing: services, then memberships (which
// the workspaces' keys end), then what is only on this machine. npm comes last, since it takes this very program.
import { rm, rmdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { leaveGroup } from '@colora/client/own-membership';
import { removeWorkspace } from '@colora/client/removal/workspace-removal';
import type { Asking } from '@colora/client/workspace-api';
import { config } from '../config.ts';
import { explainError } from '../explain-error.ts';
import { dropKey } from '../keychain.ts';
import { removeProfile } from '../remembered/profile-files.ts';
import { removeService } from '../service/remove-service.ts';
import { npmOrThrow } from './npm.ts';
import { type KnownWorkspace, modelFolders, type Traces } from './traces.ts';
import type { UninstallWishes } from './uninstall-text.ts';

export interface Uninstalled {
  /** What could not be done, and what to do about it. */
  readonly undone: readonly string[];
  /** Workspaces that are still there. */
  readonly kept: readonly KnownWorkspace[];
}

/** `tell`: each thing when it is done. */
export async function uninstall(
  traces: Traces,
  { everything, keepModels }: UninstallWishes,
  asking: Asking,
  tell: (line: string) => void,
): Promise<Uninstalled> {
  const { configFolder } = config;
  const undone: string[] = [];
  /** Returns whether it was done. */
  const attempt = async (work: () => Promise<string>, mend: string) => {
    try {
      tell(await work());
      return true;
    } catch (error) {
      undone.push(`${explainError(error).message}; ${mend}`);
      return false;
    }
  };
  for (const name of traces.services)
    await attempt(
      async () => `removed ${(await removeService(name)).join(' and ')}`,
      `the service ${name} may still be there: have the system end it, and run colora uninstall again`,
    );
  const kept: KnownWorkspace[] = [];
  for (const workspace of traces.workspaces) {
    let isLeft = true;
    for (const group of workspace.groups)
      isLeft =
        (await attempt(() => leave(workspace.path, group, asking), later(workspace.path, group))) && isLeft;
    const isGone =
      everything &&
      isLeft &&
      (await attempt(async () => {
        await removeWorkspace(workspace.path);
        return `removed the workspace ${workspace.path}`;
      }, `${workspace.path} is still there`));
    if (!isGone) kept.push(workspace);
  }
  for (const url of traces.logins)
    await attempt(
      async () =>
        (await dropKey(url))
          ? `took the key for ${url} out of the keychain`
          : `the keychain had no key for ${url}`,
      `the keychain may still hold the key for ${url}, under “colora”`,
    );
  for (const name of traces.profiles)
    await attempt(
      async () => {
        await removeProfile(configFolder!, name);
        return `forgot ${name}`;
      },
      `the profile ${name} is still in ${join(configFolder ?? '', 'profiles')}`,
    );
  const files = [
    ...(keepModels ? [] : modelFolders(config.cache)),
    ...(everything && traces.vouchKey !== null ? [traces.vouchKey] : []),
  ];
  for (const path of files)
    await attempt(async () => {
      await rm(path, { recursive: true, force: true });
      return `removed ${path}`;
    }, `${path} is still there`);
  for (const folder of [config.cache, ...(configFolder === null ? [] : [configFolder])])
    await removeEmpty(folder);
  const { installation } = traces;
  if (installation.kind === 'packages') {
    const words = ['uninstall', ...(installation.folder === null ? ['--global'] : []), ...installation.names];
    await attempt(
      async () => {
        await npmOrThrow(words, installation.folder ?? undefined);
        return `npm ${words.join(' ')}`;
      },
      `npm ${words.join(' ')}${installation.folder === null ? '' : ` in ${installation.folder}`} removes the rest`,
    );
  }
  return { undone, kept };
}

/** Who is none there any more, or whose key counts no more, has nothing to leave. */
const isNoMember: readonly string[] = ['notFound', 'forbidden', 'unauthorized'];

async function leave(workspace: string, group: string, asking: Asking): Promise<string> {
  try {
    return `left ${group} at ${await leaveGroup(workspace, group, asking)}`;
  } catch (error) {
    if (isNoMember.includes(explainError(error).code)) return `was no member of ${group} any more`;
    throw error;
  }
}

const later = (workspace: string, group: string) =>
  `you are still a member: npx colora leave --group ${group} --workspace ${workspace} later, or ask whoever runs the group`;

/** And a .cache or .config that nothing else is in: a fresh home has none. */
async function removeEmpty(folder: string): Promise<void> {
  const parent = dirname(folder);
  for (const path of [folder, ...(/^\.(cache|config)$/.test(basename(parent)) ? [parent] : [])]) {
    const isGone = await rmdir(path).then(
      () => true,
      (error: NodeJS.ErrnoException) => error.code === 'ENOENT',
    );
    if (!isGone) return; // something else is in it
  }
}
