// What a member allows whatever the group asks: limits of her own, held to the settings before anything is fetched or trained. Those of time and
// bytes are held while they pass (round/round-time.ts, line/daily-bytes.ts).
import { isAccounted, ownNoiseOf } from '@colora/protocol/privacy/budget-settings';
import type { TaskSettings } from '@colora/protocol/task-settings';
import { ClientError } from '../client-error.ts';
import { batchesOf } from './terms.ts';

export interface OwnLimits {
  /** Training of one round, rests left out. */
  readonly maxMinutesPerRound?: number | undefined;
  /** Steps of a round, each batch of an accumulated one counted. */
  readonly maxSteps?: number | undefined;
  /** Of checkpoints and contributions of one group, by the day in UTC. */
  readonly maxBytesPerDay?: number | undefined;
  /** The noise multiplier of a contribution. */
  readonly minNoise?: number | undefined;
  /** Of all rounds that she takes part in, at the group's delta: held before each of them (privacy/own-budget.ts). */
  readonly maxEpsilon?: number | undefined;
  /** A contribution is clipped, to this norm at most where it is a number. */
  readonly requireClip?: number | true | undefined;
  /** What is sent is masked: the coordinator learns sums alone. */
  readonly requireSecureAggregation?: boolean | undefined;
  /** And the members who count in those sums are vouched for by the holder of this public key (hex). */
  readonly requireVouched?: string | undefined;
}

/** Throws ClientError 'excessive' naming every limit that the group's settings pass, and a budget that they can't keep. */
export function assertWithin(group: string, settings: TaskSettings, limits: OwnLimits = {}): void {
  const { noiseMultiplier, delta } = settings.privacy;
  if (delta !== undefined && noiseMultiplier === undefined)
    throw new ClientError(
      'excessive',
      `${group} claims a privacy budget (privacy.delta) and has no noise (privacy.noiseMultiplier) that would keep it, which no honest coordinator says: nothing was fetched, trained or sent`,
    );
  const passed = passedLimits(settings, limits);
  if (passed.length === 0) return;
  throw new ClientError(
    'excessive',
    `${group} passes what you allow: ${passed.join('; ')}. Nothing was fetched, trained or sent; change the limit, or ask the group’s admin for other settings`,
  );
}

function passedLimits(settings: TaskSettings, limits: OwnLimits): string[] {
  const { maxSteps, minNoise, maxEpsilon, requireClip, requireSecureAggregation, requireVouched } = limits;
  const { clipNorm, secureAggregation } = settings.privacy;
  const noiseMultiplier = ownNoiseOf(settings.privacy) ?? 0;
  const passed: string[] = [];
  const steps = batchesOf(settings);
  if (maxSteps !== undefined && steps > maxSteps)
    passed.push(`a round has ${steps} steps, and --max-steps allows ${maxSteps}`);
  if (requireClip !== undefined && clipNorm === undefined)
    passed.push('contributions are not clipped, and --require-clip asks for it');
  if (typeof requireClip === 'number' && clipNorm !== undefined && clipNorm > requireClip)
    passed.push(`contributions are clipped to ${clipNorm}, and --require-clip allows ${requireClip}`);
  if (minNoise !== undefined && noiseMultiplier < minNoise)
    passed.push(
      `the noise multiplier of what you send is ${noiseMultiplier}, and --min-noise asks for ${minNoise}`,
    );
  if (maxEpsilon !== undefined && !isAccounted(settings))
    passed.push('what its rounds reveal is not accounted for (privacy.delta), and --max-epsilon asks for it');
  if (requireSecureAggregation && secureAggregation === undefined)
    passed.push('the coordinator sees each contribution, and --require-secure-aggregation asks for masks');
  if (requireVouched !== undefined && secureAggregation?.vouchedBy !== requireVouched)
    passed.push(
      `${secureAggregation?.vouchedBy ?? 'nobody'} vouches for its members, and --require-vouched names ${requireVouched}`,
    );
  return passed;
}
