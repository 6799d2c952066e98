// What a task group would mean, before it is created: by its settings, by what its creator announces of it and by what members of
// groups with the same base model have told. Nothing is written. The coordinator knows no models: what nobody told it is null.

import { epsilonSpent, roundsWithin } from '@colora/privacy/accounting/spending';
import { deadlineFor } from '@colora/protocol/deadlines/step-times';
import type { Announced, GroupPlan } from '@colora/protocol/groups/group-plan';
import {
  isSumNoised,
  mechanismOf,
  samplingRateOf,
  whyCoinsHideNobody,
} from '@colora/protocol/privacy/budget-settings';
import { sampleOf } from '@colora/protocol/rounds-settings';
import { isMasked, roundStepsOf, type TaskSettings } from '@colora/protocol/task-settings';
import { fewestOf } from '../access/stored-settings.ts';
import { bytesOfRound } from '../bytes-of-round.ts';
import type { Context } from '../context.ts';

export async function planGroup(
  context: Pick<Context, 'db'>,
  settings: TaskSettings,
  announced: Announced = {},
): Promise<GroupPlan> {
  const step = await planStep(context, settings, announced);
  const { minMembers = 1 } = settings.privacy;
  const { participants, quorum } = fewestOf(settings);
  const membersNeeded = {
    open: Math.max(participants, minMembers),
    quorum: Math.max(quorum, minMembers),
    tensor: minMembers,
  };
  const plan = {
    ...{ membersNeeded, step },
    bytesPerRound: announced.tensors === undefined ? null : bytesOfRound(settings, announced.tensors),
    privacy: planPrivacy(settings),
  };
  const remarks = [
    ...remarksOn(plan, settings),
    ...privacyRemarks(settings, announced),
    ...maskingRemarks(plan, settings),
  ];
  return { ...plan, remarks };
}

function maskingRemarks({ membersNeeded }: Omit<GroupPlan, 'remarks'>, settings: TaskSettings): string[] {
  if (!isMasked(settings)) return [];
  return [
    `contributions are masked: rounds open with ${membersNeeded.open} members who have handed in keys for masks, sum up ${membersNeeded.quorum} or more, and are tried again where too many of them are gone before the end (of ten, three may be)`,
  ];
}

function planPrivacy(settings: TaskSettings): GroupPlan['privacy'] {
  const { clipNorm = null, noiseMultiplier, delta = null } = settings.privacy;
  const isNoised = noiseMultiplier !== undefined;
  return {
    ...{ clipNorm, noiseMultiplier: noiseMultiplier ?? null, delta },
    mechanism: isNoised ? mechanismOf(settings) : null,
    epsilon: isNoised && delta !== null ? epsilonOfAll(settings, noiseMultiplier, delta) : null,
  };
}

function epsilonOfAll(settings: TaskSettings, noiseMultiplier: number, delta: number): number {
  const rounds = settings.rounds.count;
  return epsilonSpent([{ noiseMultiplier, rate: samplingRateOf(settings), rounds }], delta);
}

async function planStep(
  context: Pick<Context, 'db'>,
  settings: TaskSettings,
  { stepSeconds, stepMegabytes }: Announced,
): Promise<GroupPlan['step']> {
  const measured = await measuredSteps(context, settings.baseModel.fingerprint);
  const seconds = measured.seconds ?? stepSeconds ?? null;
  const steps = roundStepsOf(settings);
  const from = measured.seconds !== null ? 'measured' : stepSeconds === undefined ? null : 'announced';
  const slowestStepSeconds = seconds === null ? null : Math.ceil(seconds);
  return {
    ...{ seconds, from, steps, members: measured.members, megabytes: stepMegabytes ?? null },
    roundSeconds: seconds === null ? null : steps * seconds,
    deadlineSeconds: deadlineFor(settings.rounds, { steps, slowestStepSeconds }),
  };
}

/** Of members of groups with this base model, whatever else these groups are set to. */
async function measuredSteps({ db }: Pick<Context, 'db'>, fingerprint: string) {
  const [row] = await db.$queryRaw<{ members: number; seconds: number | null }[]>`
    SELECT count(*)::int AS "members", percentile_cont(0.5) WITHIN GROUP (ORDER BY m."stepSeconds") AS "seconds"
    FROM "Membership" m JOIN "TaskGroup" g ON g."id" = m."groupId"
    WHERE m."stepSeconds" IS NOT NULL AND g."settings" #>> '{baseModel,fingerprint}' = ${fingerprint}`;
  return row ?? { members: 0, seconds: null };
}

function remarksOn({ step, membersNeeded }: Omit<GroupPlan, 'remarks'>, settings: TaskSettings): string[] {
  const { rounds } = settings;
  const isLate = step.roundSeconds !== null && step.roundSeconds >= step.deadlineSeconds;
  return [
    ...(isLate
      ? [
          `a round takes about ${Math.ceil(step.roundSeconds ?? 0)} s and its deadline is ${step.deadlineSeconds} s: raise rounds.deadlineSeconds, or take fewer steps`,
        ]
      : []),
    ...(membersNeeded.open > rounds.participants
      ? [
          `privacy.minMembers asks for ${membersNeeded.tensor} members: rounds open with ${membersNeeded.open}, not with the ${rounds.participants} of rounds.participants (fewer where the group has fewer members)`,
        ]
      : []),
  ];
}

function privacyRemarks(settings: TaskSettings, { tensors }: Announced): string[] {
  const { privacy, rounds } = settings;
  const { noiseMultiplier, epsilon, delta } = privacy;
  if (noiseMultiplier === undefined)
    return ['contributions carry no noise: what they tell of single examples has no bound but clipping'];
  if (delta === undefined || epsilon === undefined)
    return [
      'noise is added to each contribution; how much privacy that makes over all rounds is accounted for where privacy.delta is given',
    ];
  const noise = { noiseMultiplier, rate: samplingRateOf(settings) };
  const within = roundsWithin([], noise, { epsilon, delta }, rounds.count);
  const drowned = tensors === undefined ? 0 : noiseToSignal(settings, noiseMultiplier, tensors);
  const coins = whyCoinsHideNobody(settings);
  return [
    ...(coins === null ? [] : [`that coins decide who is asked takes nothing off the noise: ${coins}`]),
    ...(within < rounds.count
      ? [
          `the budget is spent after ${within} of ${rounds.count} rounds: the group ends there; raise privacy.epsilon or privacy.noiseMultiplier, or leave one of them out`,
        ]
      : []),
    ...(drowned > 1
      ? [
          `the noise of a round is about ${drowned.toPrecision(2)} times as long as what ${rounds.participants} members can move together: little will be learnt; more members, fewer values (a smaller rank), fewer rounds or a larger epsilon help`,
        ]
      : []),
  ];
}

/** The expected length of the noise on a round's mean over the most that the mean can be long: z sqrt(d) / n, or z sqrt(d / n). */
function noiseToSignal(
  settings: TaskSettings,
  noiseMultiplier: number,
  tensors: NonNullable<Announced['tensors']>,
): number {
  const values = tensors.reduce(
    (sum, { shape }) => sum + shape.reduce((product, size) => product * size, 1),
    0,
  );
  const contributions = sampleOf(settings.rounds, settings.rounds.participants);
  const root = noiseMultiplier * Math.sqrt(values);
  return isSumNoised(settings) ? root / contributions : root / Math.sqrt(contributions);
}
