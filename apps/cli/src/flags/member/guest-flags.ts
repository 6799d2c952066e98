// Flags about what the daemon may take of its owner's machine: hours, battery, presence, processor and line. Each
// may also stand in the environment; a flag wins.

import { type BatteryHabit, batteryHabits, usualBatteryHabit } from '@colora/client/guest/battery-habits';
import { formatPauseWindow, type PauseWindow, parsePauseWindow } from '@colora/client/guest/pause-windows';
import { readBytes } from '@colora/protocol/bounds/byte-amount';
import { type TrainerPriority, trainerPriorities } from '@colora/training/engines/trainer-priority';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { config } from '../../config.ts';
import { collect, readInteger, readOneOf } from '../option-values.ts';
import { fromEnvironment } from './from-environment.ts';

export interface GuestFlags {
  readonly pauseBetween?: PauseWindow[];
  readonly onBattery?: BatteryHabit;
  readonly idleOnly?: number | true;
  readonly cpuShare?: number;
  readonly priority?: TrainerPriority;
  readonly maxUpload?: number;
  readonly maxDownload?: number;
}

/** Below the user's own programs. */
const usualPriority: TrainerPriority = 'below-normal';
const idleMinutes = 5;

const readMinutes = readInteger(1, 24 * 60);
const readPercent = readInteger(1, 100);
const readPriority = readOneOf(trainerPriorities);
const readBatteryHabit = readOneOf(batteryHabits);

export function withGuestFlags(command: Command): Command {
  return command
    .option(
      '--pause-between <hours>',
      'hours of the local day in which it does not train, such as 09:00-18:00 (may be repeated)',
      collect(readWindow),
    )
    .addOption(
      new Option('--on-battery <what>', `on battery (default ${usualBatteryHabit})`).choices(batteryHabits),
    )
    .option(
      '--idle-only [minutes]',
      `train only when nobody has touched this machine for so long (without a number: ${idleMinutes})`,
      readMinutes,
    )
    .option('--cpu-share <percent>', 'work for this share of the time, resting between steps', readPercent)
    .addOption(
      new Option('--priority <level>', `of the training threads (default ${usualPriority})`).choices(
        trainerPriorities,
      ),
    )
    .option('--max-upload <rate>', 'send at most so much a second, such as 2MB/s', readRate)
    .option('--max-download <rate>', 'fetch at most so much a second, such as 500KB/s', readRate);
}

/** The flags, and what the environment says where there is none. Throws UsageError naming a bad variable. */
export function guestSettingsOf(flags: GuestFlags) {
  const { guest } = config;
  const idle = flags.idleOnly ?? fromEnvironment('COLORA_IDLE_ONLY', guest.idleOnly, readMinutes);
  return {
    pauseBetween:
      flags.pauseBetween ?? fromEnvironment('COLORA_PAUSE_BETWEEN', guest.pauseBetween, readWindows) ?? [],
    onBattery: flags.onBattery ?? fromEnvironment('COLORA_ON_BATTERY', guest.onBattery, readBatteryHabit),
    idleMinutes: idle === true ? idleMinutes : idle,
    share: (flags.cpuShare ?? fromEnvironment('COLORA_CPU_SHARE', guest.cpuShare, readPercent) ?? 100) / 100,
    priority:
      flags.priority ?? fromEnvironment('COLORA_PRIORITY', guest.priority, readPriority) ?? usualPriority,
    maxUpload: flags.maxUpload ?? fromEnvironment('COLORA_MAX_UPLOAD', guest.maxUpload, readRate),
    maxDownload: flags.maxDownload ?? fromEnvironment('COLORA_MAX_DOWNLOAD', guest.maxDownload, readRate),
  };
}

export const guestHelp = `
Environment (a flag wins):
  COLORA_PAUSE_BETWEEN (several with commas), COLORA_ON_BATTERY, COLORA_IDLE_ONLY (minutes),
  COLORA_CPU_SHARE, COLORA_PRIORITY, COLORA_MAX_UPLOAD, COLORA_MAX_DOWNLOAD, COLORA_MAX_MEMORY,
  COLORA_MAX_MINUTES_PER_ROUND, COLORA_MAX_STEPS, COLORA_MAX_BYTES_PER_DAY, COLORA_MIN_NOISE, COLORA_MAX_EPSILON,
  COLORA_REQUIRE_CLIP (1, or a norm)`;

function readWindow(text: string): PauseWindow {
  const window = parsePauseWindow(text);
  if (window !== null) return window;
  const example = formatPauseWindow({ from: 9 * 60, to: 18 * 60 });
  throw new InvalidArgumentError(
    `Use hours and minutes of the local day, such as ${example} or 22:00-06:00.`,
  );
}

const readWindows = (text: string) => text.split(',').map(readWindow);

/** Bytes a second out of `2MB/s`, `500 KiB/s`, `16Mbit/s`; at least a kilobyte. */
export function readRate(text: string): number {
  const rate = readBytes(text.replace(/\/s\s*$/, ''));
  if (rate !== null && rate >= 1000) return rate;
  throw new InvalidArgumentError('Use a rate of at least 1KB/s, such as 500KB/s, 2MB/s or 16Mbit/s.');
}
