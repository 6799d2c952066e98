// Evaluation on this member's own held-out examples, and the figures it reports of it: accuracy, mean
// loss, exact matches and how many examples. The examples themselves stay here.
import { insideRange, lossRange } from '@colora/protocol/bounds/figure-ranges';
import { isAccounted } from '@colora/protocol/privacy/budget-settings';
import type { TensorMap } from '@colora/tensors/tensor';
import { retry } from '../line/backoff.ts';
import type { Session } from '../session/open-session.ts';

export interface Figures {
  readonly accuracy: number;
  /** Where the learner has none of the labels there is none. */
  readonly loss?: number;
  /** Of a language model: share of completions that it would write exactly. */
  readonly exactMatch?: number;
  /** Of labels of words: F1 of whole spans. */
  readonly spanF1?: number;
  readonly examples: number;
}

/** The figures that can't always be had. */
function furtherFigures({ loss, exactMatch, spanF1 }: Pick<Figures, 'loss' | 'exactMatch' | 'spanF1'>) {
  return {
    ...(loss === undefined ? {} : { loss }),
    ...(exactMatch === undefined ? {} : { exactMatch }),
    ...(spanF1 === undefined ? {} : { spanF1 }),
  };
}

/** What a run comes to of them. */
export function outcomeFigures(figures: Figures | null): Partial<Omit<Figures, 'examples'>> {
  return figures === null ? {} : { accuracy: figures.accuracy, ...furtherFigures(figures) };
}

/** Evaluates with checkpoint `shared`, the outcome of committed round `round`, and reports under that round. */
export async function evaluateAndReport(
  session: Session,
  shared: TensorMap,
  round: number,
): Promise<Figures> {
  const { signal, backoff } = session.options;
  const evaluating = () => session.learner.evaluate({ shared });
  const figures = await session.work.during({ what: 'evaluating' }, evaluating, signal);
  const { accuracy, examples } = figures;
  const further = furtherFigures(figures);
  const { loss: heldOutLoss, ...others } = further;
  const metrics = {
    accuracy,
    ...(heldOutLoss === undefined ? {} : { heldOutLoss: insideRange(heldOutLoss, lossRange) }),
    ...others,
    examples,
  };
  const post = () =>
    session.api.call('postMetrics', {
      params: { group: session.group.name },
      body: { round: round === 0 ? null : round, metrics },
      signal,
    });
  if (!isAccounted(session.group.settings))
    // they are not noised, and no budget covers them
    await retry(post, { signal, log: session.log, doing: 'reporting figures', backoff });
  session.log('info', `after round ${round}: held-out accuracy ${(100 * accuracy).toFixed(1)} %`, {
    round,
    ...further,
    examples,
  });
  session.progress({ kind: 'evaluated', round, accuracy, ...further });
  return figures;
}
