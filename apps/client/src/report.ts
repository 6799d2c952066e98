// Evaluation on this member's own held-out examples, and the figures it reports of it: accuracy, mean
// loss, exact matches and how many examples. The examples themselves stay here.
import type { TensorMap } from '@colora/tensors/tensor';
import { retry } from './backoff.ts';
import type { Session } from './open-session.ts';
import { untilAborted } from './sleep.ts';

export interface Figures {
  readonly accuracy: number;
  readonly loss: number;
  /** Of a language model: share of completions that it would write exactly. */
  readonly exactMatch?: number;
  readonly examples: number;
}

/** Evaluates with checkpoint `shared`, the outcome of committed round `round`, and reports under that round. */
export async function evaluateAndReport(
  session: Session,
  shared: TensorMap,
  round: number,
): Promise<Figures> {
  const { signal, backoff } = session.options;
  const figures = await untilAborted(session.learner.evaluate({ shared }), signal);
  const { accuracy, loss, exactMatch, examples } = figures;
  const exact: { exactMatch?: number } = {};
  if (exactMatch !== undefined) exact.exactMatch = exactMatch;
  const metrics = { accuracy, heldOutLoss: loss, ...exact, examples };
  const post = () =>
    session.api.call('postMetrics', {
      params: { group: session.group.name },
      body: { round: round === 0 ? null : round, metrics },
      signal,
    });
  await retry(post, { signal, log: session.log, doing: 'reporting figures', backoff });
  session.log('info', `after round ${round}: held-out accuracy ${(100 * accuracy).toFixed(1)} %`, {
    round,
    loss,
    ...exact,
    examples,
  });
  session.progress({ kind: 'evaluated', round, accuracy, loss, ...exact });
  return figures;
}
