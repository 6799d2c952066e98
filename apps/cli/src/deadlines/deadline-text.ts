// Whether a round's deadline allows for the slowest member who told how long a step takes, in words, and the command that
// mends it.
import { spanText } from '@colora/protocol/deadlines/span-text';
import { deadlineFit, deadlineMargin, type StepTimes } from '@colora/protocol/deadlines/step-times';

/** Null where nobody told. */
export function deadlineText(group: string, times: StepTimes): string | null {
  const { told, steps, slowestStepSeconds, deadlineSeconds } = times;
  if (slowestStepSeconds === null) return null;
  const round = steps * slowestStepSeconds;
  const who = told === 1 ? 'the one member who told' : `the slowest of ${told} members`;
  const needs = `${who} needs ${slowestStepSeconds} s a step, about ${spanText(round)} for a round of ${steps}`;
  const deadline = `the deadline of ${spanText(deadlineSeconds)}`;
  const longer = `colora groups extend ${group} --deadline ${deadlineMargin * round}`;
  switch (deadlineFit(times)) {
    case 'loses':
      return `${needs}; ${deadline} loses her: ${longer}`;
    case 'hardly':
      return `${needs}; ${deadline} hardly allows for it: ${longer}`;
    case 'fits':
      return `${needs}; ${deadline} allows for it`;
  }
}
