// How a daemon behaves as a guest on its owner's machine: what it may take of the line, and when it rests. Made
// once and shared by the daemons of several groups, since the machine is one. How the facts are read stands in
// pause-windows.ts, power.ts and user-idle.ts; how a step is held, in the trainer.
import { type Bucket, createBucket } from '../line/bandwidth.ts';
import { type BatteryHabit, usualBatteryHabit } from './battery-habits.ts';
import { formatPauseWindow, type PauseWindow, pausedUntil } from './pause-windows.ts';
import { type Power, readPower } from './power.ts';
import { readIdleSeconds } from './user-idle.ts';

export interface Rest {
  /** What is waited for, in words: "the machine to be plugged in". */
  readonly why: string;
  /** When it ends for certain, if that is known. */
  readonly until: Date | null;
}

/** What the settings come to, as long as it is open. */
export interface Guest {
  readonly upload: Bucket | undefined;
  readonly download: Bucket | undefined;
  readonly windows: readonly PauseWindow[];
  /** Null: it may train. */
  rest(): Rest | null;
  /** How many rests have begun so far. */
  rests(): number;
  /** `listener` hears of every change, and of the present rest if there is one. Returns how to stop it. */
  onChange(listener: (rest: Rest | null) => void): () => void;
  close(): void;
}

export interface GuestSettings {
  /** Bytes a second. */
  readonly maxUpload?: number | undefined;
  readonly maxDownload?: number | undefined;
  readonly pauseBetween?: readonly PauseWindow[] | undefined;
  readonly onBattery?: BatteryHabit | undefined;
  /** Train only when nobody has touched the machine for so many minutes. */
  readonly idleMinutes?: number | undefined;
  /** A line, once, about what the system does not tell. */
  readonly log?: (line: string) => void;
}

/** What is asked of the machine; tests give it facts of their own. */
export interface Machine {
  readonly now: () => Date;
  readonly power: () => Promise<Power>;
  readonly idleSeconds: () => Promise<number | null>;
  readonly everySeconds: number;
}

const thisMachine: Machine = {
  now: () => new Date(),
  power: () => readPower(),
  idleSeconds: () => readIdleSeconds(),
  everySeconds: 10,
};

/** Asks once before it returns, then every few seconds until closed. */
export async function openGuest(options: GuestSettings, machine: Machine = thisMachine): Promise<Guest> {
  const { maxUpload, maxDownload, pauseBetween = [], log = () => undefined } = options;
  const listeners = new Set<(rest: Rest | null) => void>();
  const told = new Set<string>();
  const tellOnce = (line: string) => {
    if (!told.has(line)) log(line);
    told.add(line);
  };
  let rest: Rest | null = null;
  let rests = 0;
  const look = async () => {
    const now = await restNow(options, machine, tellOnce);
    const changed = now?.why !== rest?.why;
    if (rest === null && now !== null) rests += 1;
    rest = now;
    if (changed) for (const listener of listeners) listener(rest);
  };
  await look();
  const stop = repeat(look, machine.everySeconds, needsLooking(options));
  return {
    upload: maxUpload === undefined ? undefined : createBucket(maxUpload),
    download: maxDownload === undefined ? undefined : createBucket(maxDownload),
    windows: pauseBetween,
    rest: () => rest,
    rests: () => rests,
    onChange(listener) {
      listeners.add(listener);
      if (rest !== null) listener(rest);
      return () => void listeners.delete(listener);
    },
    close: stop,
  };
}

const needsLooking = ({ pauseBetween = [], onBattery, idleMinutes }: GuestSettings) =>
  pauseBetween.length > 0 || onBattery === 'wait' || idleMinutes !== undefined;

/** One after the other, never two at a time; keeps no process alive. */
function repeat(look: () => Promise<void>, seconds: number, needed: boolean): () => void {
  let timer: NodeJS.Timeout | undefined;
  let stopped = !needed;
  const plan = () => {
    if (!stopped) timer = setTimeout(() => void look().finally(plan), seconds * 1000).unref();
  };
  plan();
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}

async function restNow(
  { pauseBetween = [], onBattery = usualBatteryHabit, idleMinutes }: GuestSettings,
  machine: Machine,
  tellOnce: (line: string) => void,
): Promise<Rest | null> {
  const until = pausedUntil(pauseBetween, machine.now());
  if (until !== null) {
    const end = until.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });
    const asked = pauseBetween.map(formatPauseWindow).join(', ');
    return { why: `${end} (paused between ${asked})`, until };
  }
  if (onBattery === 'wait') {
    const power = await machine.power();
    if (power === 'battery') return { why: 'the machine to be plugged in', until: null };
    if (power === null)
      tellOnce('this system does not tell whether it runs on battery: training goes on regardless');
  }
  if (idleMinutes !== undefined) {
    const idle = await machine.idleSeconds();
    if (idle === null) {
      tellOnce('this system does not tell whether somebody is using it: training goes on regardless');
    } else if (idle < 60 * idleMinutes) {
      return { why: `nobody to use the machine for ${idleMinutes} minutes`, until: null };
    }
  }
  return null;
}
