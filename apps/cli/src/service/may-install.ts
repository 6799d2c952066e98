// What keeps a service from being installed here, in words that say what to do. Pure: the facts are looked up by the caller.
import type { Service } from './installed-services.ts';

/** `script`: the launcher's path, links followed. */
export function vanishingScript(script: string): string | null {
  // npx, pnpm dlx, yarn dlx and bunx keep what they run in a cache
  if (!/[\\/](_npx|dlx-[^\\/]+|xfs-[^\\/]+|bunx-[^\\/]+)[\\/]/.test(script)) return null;
  return `this colora was run out of a cache (${script}), which is cleared some day: npm install -g colora, and install the service with that`;
}

/** Why systemd has no manager for this user, where it didn't answer. */
export interface UserManagerFacts {
  /** What systemctl said; null: there is no such program. */
  readonly said: string | null;
  /** Does the machine run with systemd (/run/systemd/system)? */
  readonly hasSystemd: boolean;
  /** Of the kernel (/proc/sys/kernel/osrelease). */
  readonly kernel: string;
  /** XDG_RUNTIME_DIR is set. */
  readonly hasSession: boolean;
  readonly account: string;
}

const instead =
  'without one, colora join in a terminal (tmux, say) or in a container that restarts does the same';

export function noUserManager({ said, hasSystemd, kernel, hasSession, account }: UserManagerFacts): string {
  const what = 'systemd keeps no services for this user here';
  if (said === null || !hasSystemd) {
    if (/microsoft/i.test(kernel))
      return `${what}: put systemd=true under [boot] into /etc/wsl.conf, run wsl --shutdown in Windows, and open this again`;
    return `${what}: this machine (a container, perhaps) was not started by systemd; ${instead}`;
  }
  if (!hasSession)
    return `${what}: this session has no XDG_RUNTIME_DIR, as with su or some ways of ssh; run loginctl enable-linger ${account} as an administrator, and log in anew`;
  return `${what} (systemctl --user said: ${said.trim()}); loginctl enable-linger ${account} starts one without a login`;
}

/** Two daemons in one workspace would wait for each other. `workspace`: its real path; `others`: all installed, theirs too. */
export function takenWorkspace(
  name: string,
  workspace: string,
  others: readonly Pick<Service, 'name' | 'workspace'>[],
): string | null {
  const other = others.find((one) => one.name !== name && one.workspace === workspace);
  if (other === undefined) return null;
  return `the service ${other.name} uses the workspace ${workspace}: give this one another by --workspace, or have one service join both groups (--group twice)`;
}
