// What a task group would mean, as `colora groups create --dry-run` shows it.
import type { BaseModel } from '@colora/models/base-model';
import { storedBytes } from '@colora/models/weights/weight-files';
import type { RouteAnswer } from '@colora/protocol/api-client';
import { byteText, type Cell } from '../terminal/output.ts';

/** What nobody knows yet is said so. */
export function planFacts(
  { name, settings, plan }: RouteAnswer<'createGroup'>,
  { weights }: Pick<BaseModel, 'weights'>,
): [string, Cell][] {
  if (plan === undefined) throw new Error('this coordinator is too old to say what a group would mean');
  const { bytesPerRound, membersNeeded, step, privacy } = plan;
  const { open, quorum, tensor } = membersNeeded;
  const model = storedBytes(weights);
  return [
    ['group', name],
    ['base model', `${settings.baseModel.name}, ${byteText(model)} of weights`],
    [
      'a member, a round',
      bytesPerRound === null
        ? 'unknown'
        : `downloads at most ${byteText(bytesPerRound.download)}, uploads at most ${byteText(bytesPerRound.upload)}`,
    ],
    [
      'members needed',
      `${open} for a round to open, ${quorum} contributions at its deadline, ${tensor} for a tensor to move`,
    ],
    ['a step', stepText(step)],
    [
      'its memory',
      step.megabytes === null
        ? `not known before a member has compiled it: more than the weights’ ${byteText(model)}`
        : `${step.megabytes} MB`,
    ],
    ['a round', roundText(step)],
    ['privacy', privacyText(privacy)],
  ];
}

function privacyText(privacy: NonNullable<RouteAnswer<'createGroup'>['plan']>['privacy']): string {
  const { clipNorm, noiseMultiplier, mechanism, epsilon, delta } = privacy;
  const clip = clipNorm === null ? 'no clipping' : `clipped to ${clipNorm}`;
  const noise = noiseMultiplier === null ? 'no noise' : `${mechanism} noise of ${noiseMultiplier} times that`;
  const claim =
    epsilon === null
      ? 'no (epsilon, delta) is claimed'
      : `epsilon ${epsilon.toPrecision(4)} at delta ${delta} after all rounds, of a member’s whole part`;
  return `${clip}, ${noise}; ${claim}`;
}

type Step = NonNullable<RouteAnswer<'createGroup'>['plan']>['step'];

const rounded = (seconds: number) => (seconds < 10 ? seconds.toPrecision(2) : Math.round(seconds).toString());

function stepText({ seconds, from, members }: Step): string {
  if (seconds === null) return 'unknown';
  const whence =
    from === 'measured'
      ? `the median of ${members} members of groups with this base model`
      : 'an estimate for a laptop with two cores, texts of full length';
  return `${rounded(seconds)} s: ${whence}`;
}

function roundText({ steps, roundSeconds, deadlineSeconds }: Step): string {
  const takes = roundSeconds === null ? '' : `, about ${rounded(roundSeconds)} s`;
  return `${steps} steps${takes}; its deadline is ${deadlineSeconds} s`;
}
