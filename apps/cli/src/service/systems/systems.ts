// Which system keeps services on this platform.
import { launchd } from './launchd.ts';
import type { ServiceSystem } from './service-system.ts';
import { systemd } from './systemd.ts';
import { taskScheduler } from './task-scheduler.ts';

/** Null where colora knows none. */
export function systemOf(platform: NodeJS.Platform): ServiceSystem | null {
  return systems[platform] ?? null;
}

const systems: Partial<Record<NodeJS.Platform, ServiceSystem>> = {
  linux: systemd,
  darwin: launchd,
  win32: taskScheduler,
};
