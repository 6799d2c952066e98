// For a group whose rounds are over: fits the personal part alone to the final checkpoint. Nothing is
// contributed. Done once for a given checkpoint and number of steps, however often the daemon restarts; who could do it and
// does not is told.
import type { TensorMap } from '@colora/tensors/tensor';
import { noOwnRows } from '@colora/training/head-rows/own-rows';
import type { Session } from '../session/open-session.ts';
import { keepPersonal, type PersonalState } from '../workspace/personal-store.ts';

export interface FinalCheckpoint {
  readonly shared: TensorMap;
  readonly version: number;
}

/** Trains the steps that the options ask for, where there is reason to; else says why not, or what could be done. */
export async function personalise(session: Session, { shared, version }: FinalCheckpoint): Promise<void> {
  const steps = session.options.personaliseSteps ?? 0;
  const reason = reasonNotTo(session, version, steps);
  if (reason !== null) session.log('warn', reason, { version });
  if (reason !== null || steps === 0) return;
  const { signal } = session.options;
  const result = await session.work.during(
    { what: 'training the personal part', steps },
    (onStep) => session.learner.personalise({ shared, steps, onStep }),
    signal,
  );
  const personal: PersonalState = {
    personal: result.personal,
    optimizerState: result.optimizerState,
    residual: session.personal?.residual ?? new Map(),
    rows: session.personal?.rows ?? noOwnRows,
    account: session.account ?? session.personal?.account ?? null, // nothing is sent here: one that is kept stays right
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

/** Null where the steps are to be taken, and where none are wanted and none needed. */
function reasonNotTo({ personal, learner }: Session, version: number, steps: number): string | null {
  const wanted = steps > 0;
  if (learner.summary.personalTensors.length === 0) {
    return wanted
      ? 'the group has no personal part: there is nothing for --personalise-steps to train'
      : null;
  }
  if (personal?.mark.trained != null) {
    return wanted
      ? 'the personal part took part in the rounds and stays as they left it: --personalise-steps is for who comes afterwards'
      : null;
  }
  const done = personal?.mark.personalised;
  if (!wanted) {
    return done == null
      ? 'the group was completed before you took part in a round: the shared part is there, the personal part has learnt nothing yet; join again with --personalise-steps 32 to train it on your examples'
      : null;
  }
  if (done?.version !== version || done.steps !== steps) return null;
  return `the personal part was already trained alone for ${steps} steps at checkpoint ${version}, and stays as it is; join with another number of --personalise-steps to train it further`;
}
