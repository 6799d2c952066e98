// What a round trains when, and for how many steps: the personal part first and the shared one after it, or both in
// each step; in groups of two or three with one head the shared one alone. Numbers only; what the steps do is train-round.ts and
// local-steps.ts.
import { fewestForCores } from '@colora/protocol/clusters/few-members';
import { phasesOf } from '@colora/protocol/task-settings';
import { isGuarded } from '../collaboration/guarded-groups.ts';
import type { ModelParts } from '../programs/model-parts.ts';
import type { PhaseName } from '../programs/programs.ts';
import type { Phase } from './local-steps.ts';

/** The phase that moves what travels; a joint one moves the personal part with it. `together`: as roundPhases has it. */
export function movingPhase(parts: ModelParts, together: number | null): PhaseName {
  if (parts.shared.length === 0) return 'personal';
  return isJoint(parts) && !coresWait(parts, together) ? 'joint' : 'shared';
}

function isJoint({ shared, personal, settings }: ModelParts): boolean {
  return shared.length > 0 && personal.length > 0 && phasesOf(settings) === 'joint';
}

/** Measured where each member has the model trained alone beside it, for what is hers alone. */
function coresWait({ settings }: ModelParts, together: number | null): boolean {
  return together !== null && together < fewestForCores && isGuarded(settings);
}

/** How many steps a round has, where no personal one is left out. */
export function roundSteps(parts: ModelParts): number {
  const { personal, moving } = phaseSteps(parts);
  return personal + moving;
}

/**
 * `together`: how many members the group has, where all of them share one head; else null, as where nobody said.
 * The schedule runs from the participant's first round to the group's last, whenever it came.
 */
export function roundPhases(
  parts: ModelParts,
  firstRound: number,
  round: number,
  together: number | null,
): Record<'personal' | 'moving', Phase> {
  const steps = phaseSteps(parts);
  const last = Math.max(parts.settings.rounds.count, round);
  const phase = (name: PhaseName, steps: number): Phase => ({
    name,
    steps,
    schedule: { done: (round - firstRound) * steps, total: (last - firstRound + 1) * steps },
    where: `round ${round}`,
  });
  return {
    personal: phase('personal', steps.personal),
    moving: phase(movingPhase(parts, together), steps.moving),
  };
}

/** Where a phase has nothing to train of its own its steps go to the other, so that every layout gets the same number. */
function phaseSteps(parts: ModelParts): Record<'personal' | 'moving', number> {
  const { personalSteps, sharedSteps } = parts.settings.training;
  const all = personalSteps + sharedSteps;
  if (isJoint(parts) || parts.personal.length === 0) return { personal: 0, moving: all };
  if (parts.shared.length === 0) return { personal: all, moving: 0 };
  return { personal: personalSteps, moving: sharedSteps };
}
