// How long has nobody touched this machine? Asked of the system: GNOME's idle monitor, xprintidle or logind on
// Linux, the HID system on macOS, GetLastInputInfo on Windows. What follows from it is elsewhere.
import { type AskSystem, askSystem, powershell } from './ask-system.ts';

/** Seconds since the last key or movement; null: the system does not tell. */
export async function readIdleSeconds(
  platform: NodeJS.Platform = process.platform,
  ask: AskSystem = askSystem,
  now = () => Date.now(),
): Promise<number | null> {
  if (platform === 'linux') return await linuxIdle(ask, now);
  if (platform === 'darwin') return parseIoreg(await ask('ioreg', ['-c', 'IOHIDSystem', '-d', '4']));
  if (platform === 'win32') {
    const text = await ask('powershell', powershell(windowsScript));
    return text === null ? null : milliseconds(/^\s*(\d+)\s*$/m.exec(text)?.[1]);
  }
  return null;
}

const gnome = 'org.gnome.Mutter.IdleMonitor';
const gnomeCall = [
  ...['call', '--session', '--timeout', '3', '--dest', gnome],
  ...['--object-path', '/org/gnome/Mutter/IdleMonitor/Core', '--method', `${gnome}.GetIdletime`],
];
/** Without a session's number it tells of the whole machine: all seats and terminals. */
const logindCall = ['show-session', '--property=IdleHint', '--property=IdleSinceHint'];

async function linuxIdle(ask: AskSystem, now: () => number): Promise<number | null> {
  const ofGnome = /\(uint64 (\d+),\)/.exec((await ask('gdbus', gnomeCall)) ?? '')?.[1];
  if (ofGnome !== undefined) return milliseconds(ofGnome);
  const ofX = /^(\d+)\s*$/.exec((await ask('xprintidle', [])) ?? '')?.[1];
  if (ofX !== undefined) return milliseconds(ofX);
  return parseLogind(await ask('loginctl', logindCall), now());
}

/** IdleHint=yes since IdleSinceHint, in microseconds of the machine's own clock; no: somebody is there. */
export function parseLogind(text: string | null, now: number): number | null {
  const hint = /^IdleHint=(yes|no)$/m.exec(text ?? '')?.[1];
  if (hint === undefined) return null;
  if (hint === 'no') return 0;
  const since = Number(/^IdleSinceHint=(\d+)$/m.exec(text ?? '')?.[1] ?? Number.NaN);
  return since > 0 ? Math.max(0, (now - since / 1000) / 1000) : null;
}

/** `"HIDIdleTime" = <nanoseconds>`. */
export function parseIoreg(text: string | null): number | null {
  const nanoseconds = /"HIDIdleTime" = (\d+)/.exec(text ?? '')?.[1];
  return nanoseconds === undefined ? null : Number(nanoseconds) / 1e9;
}

const milliseconds = (text: string | undefined) => (text === undefined ? null : Number(text) / 1000);

const windowsScript = `
Add-Type -Namespace Colora -Name Input -MemberDefinition '
  [StructLayout(LayoutKind.Sequential)] public struct Last { public uint Size; public uint Time; }
  [DllImport("user32.dll")] public static extern bool GetLastInputInfo(ref Last last);
  public static uint IdleMs() {
    Last last = new Last(); last.Size = 8;
    GetLastInputInfo(ref last);
    return unchecked((uint)Environment.TickCount - last.Time);
  }'
[Colora.Input]::IdleMs()`;
