// For a group whose rounds are over: fits the personal part alone to the final checkpoint. Nothing is
// contributed. Done once for a given checkpoint and number of steps, however often the daemon restarts.
import type { TensorMap } from '@colora/tensors/tensor';
import { untilAborted } from '../abortable.ts';
import type { Session } from '../session/open-session.ts';
import { keepPersonal, type PersonalState } from '../workspace/personal-store.ts';

export interface Personalisation {
  /** The tensors of the final checkpoint, and its version. */
  readonly shared: TensorMap;
  readonly version: number;
  readonly steps: number;
}

export async function personalise(
  session: Session,
  { shared, version, steps }: Personalisation,
): Promise<void> {
  const done = session.personal?.mark.personalised;
  if (done?.version === version && done.steps === steps) return;
  const { signal } = session.options;
  const result = await untilAborted(session.learner.personalise({ shared, steps }), signal);
  const personal: PersonalState = {
    personal: result.personal,
    optimizerState: result.optimizerState,
    residual: session.personal?.residual ?? new Map(),
    mark: {
      group: session.group.name,
      groupCreatedAt: session.group.createdAt,
      trained: session.personal?.mark.trained ?? null,
      personalised: { version, steps },
    },
  };
  await keepPersonal(session.paths.personal, personal);
  session.personal = personal;
  const { diverged, validation, loss } = result;
  if (diverged !== null) session.log('warn', diverged, { version });
  session.log('info', `trained the personal part alone for ${result.steps} of ${steps} steps`, {
    loss,
    version,
    ...(validation === null ? {} : { validationLoss: validation.loss }),
  });
}
