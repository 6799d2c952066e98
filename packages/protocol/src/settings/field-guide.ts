// What each field of a group's settings does, in words, and when a change of it takes effect. The one table of both: help,
// docs/settings.md, `groups diff` and the coordinator take it from here. Types, ranges and defaults are the schema's.

/**
 * now          at once, the live round's included
 * next-round   once the live round is over: a round keeps the settings that it opened with
 * never        only when the group is made
 */
export type TakesEffect = 'now' | 'next-round' | 'never';

export interface FieldGuide {
  readonly about: string;
  readonly when: TakesEffect;
  /** Of `never`, and of `values`: why. */
  readonly because?: string;
  /** A field that changes but for this value: neither from it nor to it. */
  readonly exceptFor?: string;
}

const shape = 'the checkpoints of a group keep their tensors’ names and shapes';
const meaning = 'what was learnt means something else with another one';
const promised = 'members were told of it when they joined';
const now = (about: string): FieldGuide => ({ about, when: 'now' });
const next = (about: string): FieldGuide => ({ about, when: 'next-round' });
const never = (about: string, because: string): FieldGuide => ({ about, when: 'never', because });

/** By path, sections left out: `training.sharedRate`. */
export const fieldGuide: Readonly<Record<string, FieldGuide>> = {
  'baseModel.name': never('the model that everybody adapts, as members know it', meaning),
  'baseModel.modelType': never('its family', meaning),
  'baseModel.fingerprint': never('sha256 of its files, which every member checks', meaning),

  'task.kind': never('kind of task', shape),
  'task.labels': never('labels of a classification', shape),
  'task.head': never('who owns the classification head', shape),
  'task.clusters': {
    about: 'head rows of their own for members who are alike',
    when: 'next-round',
    exceptFor: 'off',
    because: 'a group has clusters from its beginning or never',
  },
  'task.headScale': never('logits = x (W f + b)', meaning),
  'task.maxTokens': next('tokens of a text that are read'),

  'adapter.layout': never('adapter layout', shape),
  'adapter.rank': never('rank of the shared adapter', shape),
  'adapter.alpha': never('scale is alpha / rank', meaning),
  'adapter.personalRank': never('rank of the personal adapter (dual)', shape),
  'adapter.personalAlpha': never('its alpha', meaning),
  'adapter.targets': never(
    'adapted modules: names, endings, all-linear, top-8:q_proj (in the last 8 layers); an empty list: the head alone is trained',
    shape,
  ),

  'training.contribution': never('what travels', 'norms and the server optimizer’s state are of one kind'),
  'training.phases': next(
    'joint: each step trains everything; apart: personal steps first, then shared ones',
  ),
  'training.personalSteps': next('personal steps a round'),
  'training.sharedSteps': next('shared steps, or batches of a gradient, a round'),
  'training.batchSize': next('examples a step'),
  'training.optimizer': next('local optimizer'),
  'training.personalRate': next('rate of the personal part; another one with phases apart'),
  'training.sharedRate': next('rate of the shared adapter'),
  'training.headRate': next('rate of the head'),
  'training.weightDecay': next('of adamw'),
  'training.schedule': next('how the rates fall over the run'),
  'training.warmup': next('share of the steps over which the rates rise first'),
  'training.maxGradientNorm': next('scale a step’s gradient down to this L2 norm'),
  'training.accumulate': next('batches whose mean gradient makes one step'),
  'training.validation': next('share of each member’s examples to judge personal steps by, never trained on'),
  'training.patience': next('stop the personal part after so many failures in a row to lower that loss'),
  'training.proximal': next('FedProx: pull the shared part back to the checkpoint by mu times its distance'),
  'training.controls': never(
    'SCAFFOLD: controls travel beside the shared tensors (with optimizer sgd)',
    shape,
  ),

  'aggregation.rule': next('how a round’s contributions are combined'),
  'aggregation.trim': next('of trimmed-mean: share of the values cut at each end'),
  'aggregation.byzantine': next('of krum and multi-krum: contributions of a round that may be hostile'),
  'aggregation.radius': next(
    'of norm-bound and centered-clipping: L2 norm to which contributions are scaled down',
  ),
  'aggregation.weighting': next('how contributions are weighed'),
  'aggregation.exampleCap': next('most examples a contribution counts for'),
  'aggregation.normBound': next(
    'refuse contributions whose L2 norm is more than so many times what members usually send, or off; a clip norm takes its place',
  ),
  'aggregation.optimizer': next('the coordinator’s optimizer'),
  'aggregation.rate': next('its rate'),
  'aggregation.momentum': next('of fedavgm'),
  'aggregation.beta1': next('of fedadam and fedyogi'),
  'aggregation.beta2': next('of fedadam and fedyogi'),
  'aggregation.tau': next('of fedadam, fedyogi and fedadagrad'),

  'rounds.count': now('rounds until the group is completed'),
  'rounds.mode': next('wait for those asked, or close after so many arrivals (buffer size)'),
  'rounds.bufferSize': next('arrivals that close a buffered round'),
  'rounds.participants': next('a round opens when so many are online'),
  'rounds.cohort': next('ask only so many of those online, drawn anew each round'),
  'rounds.cohort.fraction': next('that share of the members online'),
  'rounds.cohort.count': next('that many of the members online'),
  'rounds.sampling': next(
    'lots, or a coin flip a member that only the coordinator sees (poisson), by which noise hides better',
  ),
  'rounds.overSelection': next('ask x times the cohort, close when as many as the cohort have contributed'),
  'rounds.quorum': next(
    'contributions that are enough at the deadline; never fewer than have to hold a tensor (min members)',
  ),
  'rounds.deadlineSeconds': next('for a round; longer where the base model is large'),
  'rounds.adaptDeadline': next(
    'longer, up to ten times, where members tell that a round takes them longer: three times the slowest’s',
  ),
  'rounds.retries': now('how often a round without its quorum is tried again before the group pauses'),
  'rounds.maxStaleness': next(
    'versions by which a late contribution may be behind and still count, with less weight',
  ),
  'rounds.earlyStop': next('stop when a metric members report gets no better'),
  'rounds.earlyStop.metric': next('the metric that it is judged by'),
  'rounds.earlyStop.goal': next('whether a lower or a higher value is better'),
  'rounds.earlyStop.patience': next('rounds without an improvement before it stops'),
  'rounds.earlyStop.minDelta': next('what an improvement must exceed'),

  'privacy.clipNorm': next('clip a contribution’s L2 norm'),
  'privacy.mechanism': never(
    'who adds the noise: each member to her contribution, the coordinator to the sum (central), or members together',
    'what was told of it before would mean something else',
  ),
  'privacy.noiseMultiplier': next(
    'Gaussian noise, in clip norms; beside epsilon and delta it follows from them',
  ),
  'privacy.epsilon': next(
    'budget of all rounds for one member’s whole part; no round opens that would pass it',
  ),
  'privacy.delta': never(
    'chance with which epsilon may not hold; with it what is revealed is added up',
    'what earlier rounds revealed was added up by it, or not at all',
  ),
  'privacy.minMembers': next(
    'members who have to hold a tensor before a round moves it, or all of a group that has fewer',
  ),
  'privacy.secureAggregation': never(
    'members mask what they send, so that the coordinator learns the sum of a round and nobody’s own contribution',
    promised,
  ),
  'privacy.secureAggregation.bits': never('a masked value is rounded to so many bits', promised),
  'privacy.secureAggregation.range': never('values are cut to this size before they are masked', promised),
  'privacy.secureAggregation.vouchedBy': never(
    'public key of the admin who vouches for members: masked rounds take no others',
    promised,
  ),
  'privacy.secureAggregation.verdicts': never(
    'in the last round figures of members’ verdicts are summed up under the mask too, and the sums told to all',
    promised,
  ),

  'wire.upload': next('form in which contributions travel'),
  'wire.download': never('form in which checkpoints travel to members', 'checkpoints are kept in it'),
  'wire.keep': next('share of the values a top-k contribution holds, the largest of each tensor'),

  'retention.contributionRounds': now('rounds whose contributions’ bytes are kept'),
  'retention.checkpoints': now(
    'latest checkpoints whose bytes are kept, beside the first, the best and every so-manieth; null: all',
  ),
  'retention.every': now('every so-manieth checkpoint is kept too; null: none for that'),

  seed: never('seeds the initial tensors and personal starts', 'the start was drawn by it'),
};

/** Throws where there is no such field: a test sees that each has its row. */
export function guideOf(path: string): FieldGuide {
  const guide = fieldGuide[path];
  if (guide === undefined) throw new Error(`the settings’ field ${path} has no row in field-guide.ts`);
  return guide;
}
