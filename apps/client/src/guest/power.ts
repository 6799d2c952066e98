// Does this machine run on its battery? Asked of the system: Linux' /sys/class/power_supply, macOS' pmset,
// Windows' WMI. What follows from it is elsewhere.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type AskSystem, askSystem, powershell } from './ask-system.ts';

/** Null: the system does not tell. */
export type Power = 'battery' | 'mains' | null;

export async function readPower(
  platform: NodeJS.Platform = process.platform,
  ask: AskSystem = askSystem,
): Promise<Power> {
  if (platform === 'linux') return await linuxPower('/sys/class/power_supply');
  if (platform === 'darwin') return parsePmset(await ask('pmset', ['-g', 'batt']));
  if (platform === 'win32') {
    return parseWindowsBattery(await ask('powershell', powershell(windowsScript)));
  }
  return null;
}

/** Supplies as the kernel describes them (Documentation/ABI/testing/sysfs-class-power). */
export async function linuxPower(folder: string): Promise<Power> {
  const names = await readdir(folder).catch(() => null);
  if (names === null || names.length === 0) return null; // a container sees none, whatever it runs on
  let discharging = false;
  for (const name of names) {
    const read = async (field: string) =>
      (await readFile(join(folder, name, field), 'utf8').catch(() => '')).trim();
    const type = await read('type');
    // a mouse's or a keyboard's battery
    if ((await read('scope')) === 'Device') continue;
    if (type === 'Battery') discharging ||= (await read('status')) === 'Discharging';
    else if ((await read('online')) === '1') return 'mains'; // Mains, USB, Wireless
  }
  return discharging ? 'battery' : 'mains';
}

/** The first line says `Now drawing from 'Battery Power'`, 'AC Power' or 'UPS Power'. */
export function parsePmset(text: string | null): Power {
  const source = /drawing from '(\w+) Power'/.exec(text ?? '')?.[1];
  if (source === undefined) return null;
  return source === 'AC' ? 'mains' : 'battery';
}

const windowsScript =
  '"asked"; Get-CimInstance -ClassName Win32_Battery | ForEach-Object { $_.BatteryStatus }';

/** Win32_Battery.BatteryStatus: 1 is discharging; no battery, no line. */
export function parseWindowsBattery(text: string | null): Power {
  const lines = text?.split(/\r?\n/).map((line) => line.trim()) ?? [];
  if (!lines.includes('asked')) return null;
  return lines.includes('1') ? 'battery' : 'mains';
}
