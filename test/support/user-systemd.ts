// A real `systemd --user`, with a home of its own, on a machine that need not run by systemd: in a namespace of mounts, and in one of
// control groups that holds nothing but it, so that it can touch no other process. Needs Linux, root and systemd's programs.
import { execFile, spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

const manager = ['/usr/lib/systemd/systemd', '/lib/systemd/systemd'].find(existsSync);
/** Where the second generation of control groups is, alone or beside the first. */
const groups = ['/sys/fs/cgroup/unified', '/sys/fs/cgroup'].find((root) =>
  existsSync(join(root, 'cgroup.controllers')),
);

/** It goes into a group of its own, shuts itself off, makes sure that it is alone there, and becomes the manager. */
const enter =
  'echo $$ > "$0/cgroup.procs" && exec unshare --mount --cgroup --propagation private sh -c "$1" "$2"';
const begin = `set -e
mount -t cgroup2 none /sys/fs/cgroup
grep -q '^0::/$' /proc/self/cgroup
test "$(wc -l < /sys/fs/cgroup/cgroup.procs)" -lt 5
mount -t tmpfs none /run
mkdir -p /run/systemd/system
exec "$0" --user --unit=basic.target --log-target=console`;

export interface UserSystemd {
  /** For commands that are to speak with it. */
  readonly env: { readonly HOME: string; readonly XDG_RUNTIME_DIR: string };
  /** Resolves to what it prints. Who it speaks of may ask this process meanwhile. */
  systemctl(...words: string[]): Promise<string>;
  close(): Promise<void>;
}

/** Below `folder`, whose path is short enough for a socket's. A text says why there is none here. */
export async function startUserSystemd(folder: string): Promise<UserSystemd | string> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'needs Linux and root';
  if (manager === undefined || groups === undefined) return 'needs systemd and control groups';
  const [home, runtime] = [join(folder, 'home'), join(folder, 'run')];
  for (const place of [home, runtime]) await mkdir(place, { mode: 0o700 });
  const group = join(groups, `colora-test-${process.pid}`);
  try {
    await mkdir(group);
  } catch {
    return 'needs control groups that can be made';
  }
  const env = { HOME: home, XDG_RUNTIME_DIR: runtime };
  const running = spawn('sh', ['-c', enter, group, begin, manager], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const out of [running.stdout, running.stderr])
    out.on('data', (text) => {
      said += text;
    });
  const ended = new Promise<void>((resolve) => running.on('close', () => resolve()));
  const systemctl = async (...words: string[]) => {
    const { stdout } = await run('systemctl', ['--user', ...words], {
      env: { PATH: process.env.PATH, ...env },
    });
    return stdout.trim();
  };
  const answers = () =>
    systemctl('show-environment').then(
      () => true,
      () => false,
    );
  const close = async () => {
    running.kill(); // with its services
    await ended;
    await removeGroup(group);
  };
  while (!(await answers())) {
    if (running.exitCode !== null || running.signalCode !== null) {
      await removeGroup(group);
      return `systemd --user doesn’t start here: ${said.trim()}`;
    }
    await setTimeout(50);
  }
  return { env, systemctl, close };
}

/** Such folders hold no files that could be removed, only others like them. */
async function removeGroup(group: string): Promise<void> {
  const { stdout } = spawnSync('find', [group, '-depth', '-type', 'd'], { encoding: 'utf8' });
  for (const folder of stdout.split('\n').filter(Boolean)) await rmdir(folder).catch(() => undefined);
}
