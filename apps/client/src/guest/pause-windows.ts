// The hours in which the daemon does not train, in the local time of its machine: `09:00-18:00`, past midnight
// too. Pure; whose hours they are and what happens in them is elsewhere.

/** Minutes of the local day; `to` at or before `from` is on the next day. */
export interface PauseWindow {
  readonly from: number;
  readonly to: number;
}

const pattern = /^([01]?\d|2[0-3]):([0-5]\d)\s*-\s*([01]?\d|2[0-4]):([0-5]\d)$/;

/** Null when it is no window; 24:00 is the end of the day. */
export function parsePauseWindow(text: string): PauseWindow | null {
  const [, fromHours, fromMinutes, toHours, toMinutes] = pattern.exec(text.trim()) ?? [];
  if (fromHours === undefined) return null;
  const from = 60 * Number(fromHours) + Number(fromMinutes);
  const to = 60 * Number(toHours) + Number(toMinutes);
  return to > 24 * 60 || from === to ? null : { from, to: to % (24 * 60) };
}

export function formatPauseWindow({ from, to }: PauseWindow): string {
  return `${clock(from)}-${clock(to)}`;
}

/** When the pause that holds at `now` ends (windows that touch are one), or null when there is none. */
export function pausedUntil(windows: readonly PauseWindow[], now: Date): Date | null {
  let end: Date | null = null;
  // Each step follows one more window that begins within what is paused already.
  for (let step = 0; step <= windows.length; step += 1) {
    const at = end ?? now;
    const next = windows.find((window) => holds(window, minuteOf(at)));
    if (next === undefined) return end;
    end = nextTime(at, next.to);
    if (end.getTime() - now.getTime() >= 24 * 3600_000) return end;
  }
  return end;
}

/**
 * The same hours in UTC as they are on the day of `now`: for a coordinator that knows nothing of time zones.
 * What is left of the day, when it can be asked; null when that is all of it.
 */
export function availableInUtc(windows: readonly PauseWindow[], now: Date): PauseWindow[] | null {
  if (windows.length === 0) return null;
  const day = 24 * 60;
  const offset = now.getTimezoneOffset();
  const isPaused = (minute: number) =>
    windows.some((window) => holds(window, (minute - offset + 2 * day) % day));
  const changes: number[] = [];
  for (let minute = 0; minute < day; minute += 1) {
    if (isPaused(minute) !== isPaused((minute + day - 1) % day)) changes.push(minute);
  }
  if (changes.length === 0) return isPaused(0) ? [] : null;
  const opens = changes.filter((minute) => !isPaused(minute));
  return opens.map((from) => {
    const closes = changes.filter((minute) => isPaused(minute));
    return { from, to: closes.find((minute) => minute > from) ?? closes[0]! };
  });
}

function holds({ from, to }: PauseWindow, minute: number): boolean {
  return from < to ? from <= minute && minute < to : from <= minute || minute < to;
}

const minuteOf = (date: Date) => 60 * date.getHours() + date.getMinutes();

/** The next time that the local clock shows `minute`; days have 23 to 25 hours. */
function nextTime(after: Date, minute: number): Date {
  const at = new Date(after);
  at.setHours(Math.floor(minute / 60), minute % 60, 0, 0);
  if (at.getTime() <= after.getTime()) {
    at.setDate(at.getDate() + 1);
    at.setHours(Math.floor(minute / 60), minute % 60, 0, 0);
  }
  return at;
}

function clock(minute: number): string {
  return `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
}
