// The system that keeps services here, and the service that a command is about.
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { config } from '../config.ts';
import { runCommand } from '../terminal/run-command.ts';
import { UsageError } from '../usage-error.ts';
import { serviceNames } from './installed-services.ts';
import { noUserManager } from './may-install.ts';
import type { ServiceSystem } from './systems/service-system.ts';
import { systemOf } from './systems/systems.ts';

/** Throws UsageError where colora knows none. */
export function thisSystem(): ServiceSystem {
  const system = systemOf(process.platform);
  if (system !== null) return system;
  throw new UsageError(
    `colora installs services with systemd, launchd and Windows’ Task Scheduler; here (${process.platform}) have your own system run colora join`,
  );
}

/** Its version where a service depends on it. Throws UsageError where it keeps no services for this user, with what to do. */
export async function answeringSystem(): Promise<{ system: ServiceSystem; version: number | null }> {
  const system = thisSystem();
  if (system.called !== 'systemd') return { system, version: null };
  const { status, stdout, stderr } = await runCommand(['systemctl', '--user', 'show-environment']);
  if (status !== 0)
    throw new UsageError(
      noUserManager({
        said: status === null ? null : `${stderr}${stdout}`,
        hasSystemd: existsSync('/run/systemd/system'),
        kernel: textOf('/proc/sys/kernel/osrelease'),
        hasSession: config.hasSession,
        account: config.serviceUser.account,
      }),
    );
  const told = await runCommand(['systemctl', '--version']);
  const [, number] = /^systemd (\d+)/.exec(told.stdout) ?? [];
  return { system, version: number === undefined ? null : Number(number) };
}

/** Throws UsageError where this user has no folder for them. */
export function configFolder(): string {
  const { configFolder: folder } = config;
  if (folder !== null) return folder;
  throw new UsageError('this user has no home folder to keep services in: name a folder in COLORA_CONFIG');
}

/** What starts this very command: node and the launcher, links followed. */
export function ownCommand(): readonly [node: string, script: string] {
  return [process.execPath, realpathSync(process.argv[1] ?? '')];
}

/** The one that is named, or the only one there is. Throws UsageError where there is none, or several. */
export async function chosenService(name: string | undefined): Promise<string> {
  const names = await serviceNames(configFolder());
  if (name !== undefined && names.includes(name)) return name;
  const known = names.length === 0 ? 'none is installed (colora service install)' : names.join(', ');
  if (name !== undefined) throw new UsageError(`there is no service ${name}: ${known}`);
  if (names.length === 1) return names[0]!;
  throw new UsageError(names.length === 0 ? `of services ${known}` : `say which service: ${known}`);
}

const textOf = (path: string) => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
};
