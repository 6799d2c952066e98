// Flags of what a member allows a group, whatever its coordinator says, and of what she agrees to. Limits may also stand in the environment; a
// flag wins.

import type { OwnLimits } from '@colora/client/consent/own-limits';
import { type Command, InvalidArgumentError } from 'commander';
import { config } from '../../config.ts';
import { readAmount, readInteger, readNumber } from '../option-values.ts';
import { fromEnvironment } from './from-environment.ts';

export interface LimitFlags {
  readonly maxMinutesPerRound?: number;
  readonly maxSteps?: number;
  readonly maxBytesPerDay?: number;
  readonly minNoise?: number;
  readonly maxEpsilon?: number;
  readonly requireClip?: number | true;
  readonly requireSecureAggregation?: boolean;
  readonly requireVouched?: string;
  readonly acceptChanges?: boolean;
  readonly yes?: boolean;
}

const readSteps = readInteger(1);

function readPositive(text: string): number {
  const value = readNumber(text);
  if (value > 0) return value;
  throw new InvalidArgumentError('Use a number above 0.');
}

function readPublicKey(text: string): string {
  if (/^[0-9a-f]{64}$/.test(text)) return text;
  throw new InvalidArgumentError(
    'Use the public key that colora members vouch prints: 64 hexadecimal digits.',
  );
}

export function withLimitFlags(command: Command): Command {
  return command
    .option(
      '--max-minutes-per-round <minutes>',
      'training of one round may take so long; then the daemon ends, and nothing of the round is kept',
      readPositive,
    )
    .option('--max-steps <n>', 'refuse a group whose rounds have more steps', readSteps)
    .option(
      '--max-bytes-per-day <amount>',
      'checkpoints and contributions of a group may have so many bytes a day (UTC), such as 2GB; then it waits',
      readAmount,
    )
    .option('--min-noise <multiplier>', 'refuse a group whose noise multiplier is below this', readPositive)
    .option(
      '--max-epsilon <x>',
      'refuse a group without a privacy budget, and end before the rounds you took part in would pass this',
      readPositive,
    )
    .option(
      '--require-clip [norm]',
      'refuse a group whose contributions are not clipped, or not to this norm',
      readPositive,
    )
    .option(
      '--require-secure-aggregation',
      'refuse a group whose contributions are not masked: its coordinator sees each of them',
    )
    .option(
      '--require-vouched <public-key>',
      'refuse a group in which others count than members whom the holder of this key vouches for',
      readPublicKey,
    )
    .option(
      '--accept-changes',
      'agree to a group that asks or tells more than you agreed to before (on a terminal it is asked)',
    )
    .option(
      '--yes',
      'agree to download the base model that a group names, with your Hugging Face token where it needs one',
    );
}

/** The flags, and what the environment says where there is none. Throws UsageError naming a bad variable. */
export function ownLimitsOf(flags: LimitFlags): OwnLimits {
  const { limits } = config;
  const clip = (text: string) =>
    ['1', 'true', 'yes'].includes(text.toLowerCase()) ? true : readPositive(text);
  return {
    maxMinutesPerRound:
      flags.maxMinutesPerRound ??
      fromEnvironment('COLORA_MAX_MINUTES_PER_ROUND', limits.maxMinutesPerRound, readPositive),
    maxSteps: flags.maxSteps ?? fromEnvironment('COLORA_MAX_STEPS', limits.maxSteps, readSteps),
    maxBytesPerDay:
      flags.maxBytesPerDay ?? fromEnvironment('COLORA_MAX_BYTES_PER_DAY', limits.maxBytesPerDay, readAmount),
    minNoise: flags.minNoise ?? fromEnvironment('COLORA_MIN_NOISE', limits.minNoise, readPositive),
    maxEpsilon: flags.maxEpsilon ?? fromEnvironment('COLORA_MAX_EPSILON', limits.maxEpsilon, readPositive),
    requireClip: flags.requireClip ?? fromEnvironment('COLORA_REQUIRE_CLIP', limits.requireClip, clip),
    requireSecureAggregation: flags.requireSecureAggregation ?? limits.requireSecureAggregation,
    requireVouched:
      flags.requireVouched ?? fromEnvironment('COLORA_REQUIRE_VOUCHED', limits.requireVouched, readPublicKey),
  };
}
