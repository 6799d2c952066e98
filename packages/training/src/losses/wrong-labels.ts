// Labels of which a share was written down at random: what examples say of a model when that is allowed for. A model that is right
// is punished without bound for being sure where a label is wrong; here each label costs at most what chance makes of it. A
// mixture with a uniform part (Banfield and Raftery 1993, for outliers), whose share is fitted to the examples themselves.

/** A share of examples, and how likely the others make them. */
export interface WrongLabels {
  /** 0 to 1. */
  readonly share: number;
  /** Mean log-likelihood of an example, in nats; at least that of chance. */
  readonly logLikelihood: number;
}

const iterations = 60;

/**
 * So many more examples are taken to be labelled rightly, beforehand: most are. Without them a model that was fitted to few examples, and is
 * too sure of itself, is explained best by labels that are all wrong, and then nothing speaks for or against any model.
 */
const rightBeforehand = 2;

/**
 * The likeliest share (maximum a posteriori): EM over sum_j log((1 - share) p_j + share / labels) + 2 log(1 - share), which has one maximum.
 * `logs`: of each example's label under a model, in nats; `labels`: how many there are to choose from. Without examples: no share.
 */
export function wrongLabels(logs: readonly number[], labels: number): WrongLabels {
  if (logs.length === 0) return { share: 0, logLikelihood: 0 };
  const chance = 1 / labels;
  let share = 0.5;
  for (let iteration = 0; iteration < iterations; iteration += 1) {
    const sum = logs.reduce(
      (total, log) => total + (share * chance) / (share * chance + (1 - share) * Math.exp(log)),
      0,
    );
    share = sum / (logs.length + rightBeforehand);
  }
  const sum = logs.reduce((total, log) => total + allowingFor(log, share, labels), 0);
  return { share, logLikelihood: Math.max(sum / logs.length, Math.log(chance)) };
}

/** log((1 - share) p + share / labels) */
export function allowingFor(log: number, share: number, labels: number): number {
  return Math.log((1 - share) * Math.exp(log) + share / labels);
}
