// The flags of `groups create` that set a settings field, as one table; those of its rounds are in rounds-table.ts. How
// they become options, with choices and defaults out of the schema, is settings-options.ts.
import { readNumberOr } from './option-values.ts';
import { readTargets } from './read-targets.ts';
import { roundsTable } from './rounds-table.ts';
import type { SettingRow } from './setting-row.ts';

export const settingsTable: readonly SettingRow[] = [
  { flag: '--seed <n>', path: 'seed', about: 'seeds the initial tensors and personal starts' },
  {
    flag: '--task <kind>',
    path: 'task.kind',
    about: 'kind of task',
    without: 'classification where labels are given',
  },
  { flag: '--labels <list>', path: 'task.labels', about: 'labels of a classification, comma-separated' },
  { flag: '--max-tokens <n>', path: 'task.maxTokens', about: 'tokens of a text that are read' },
  { flag: '--head <owner>', path: 'task.head', about: 'who owns the classification head' },
  {
    flag: '--clusters <mode>',
    path: 'task.clusters',
    about: 'head rows of their own for members who are alike',
  },
  { flag: '--head-scale <x>', path: 'task.headScale', about: 'logits = x (W f + b)' },
  { flag: '--layout <layout>', path: 'adapter.layout', about: 'adapter layout' },
  { flag: '--rank <n>', path: 'adapter.rank', about: 'rank of the shared adapter' },
  { flag: '--alpha <x>', path: 'adapter.alpha', about: 'scale is alpha / rank', without: 'the rank' },
  { flag: '--personal-rank <n>', path: 'adapter.personalRank', about: 'rank of the personal adapter (dual)' },
  { flag: '--personal-alpha <x>', path: 'adapter.personalAlpha', about: 'its alpha' },
  {
    flag: '--targets <list>',
    path: 'adapter.targets',
    without: 'by the model and the task',
    about:
      'adapted modules, comma-separated: names, endings, all-linear, top-8:q_proj,v_proj (both in the last 8 layers), or none',
    read: readTargets,
  },
  { flag: '--contribution <kind>', path: 'training.contribution', about: 'what travels' },
  {
    flag: '--phases <kind>',
    path: 'training.phases',
    about: 'joint: each step trains everything; apart: personal steps first, then shared ones',
  },
  { flag: '--personal-steps <n>', path: 'training.personalSteps', about: 'personal steps a round' },
  {
    flag: '--shared-steps <n>',
    path: 'training.sharedSteps',
    about: 'shared steps, or batches of a gradient, a round',
  },
  { flag: '--batch-size <n>', path: 'training.batchSize', about: 'examples a step' },
  { flag: '--optimizer <name>', path: 'training.optimizer', about: 'local optimizer' },
  {
    flag: '--personal-rate <x>',
    path: 'training.personalRate',
    about: 'rate of the personal part; another one with --phases apart',
  },
  { flag: '--shared-rate <x>', path: 'training.sharedRate', about: 'rate of the shared adapter' },
  { flag: '--head-rate <x>', path: 'training.headRate', about: 'rate of the head' },
  { flag: '--schedule <name>', path: 'training.schedule', about: 'how the rates fall over the run' },
  {
    flag: '--warmup <share>',
    path: 'training.warmup',
    about: 'share of the steps over which the rates rise first',
  },
  {
    flag: '--max-gradient-norm <x>',
    path: 'training.maxGradientNorm',
    about: 'scale a step’s gradient down to this L2 norm',
  },
  {
    flag: '--accumulate <n>',
    path: 'training.accumulate',
    about: 'batches whose mean gradient makes one step',
  },
  {
    flag: '--validation <share>',
    path: 'training.validation',
    about: 'share of each member’s examples to judge personal steps by, never trained on',
  },
  {
    flag: '--patience <n>',
    path: 'training.patience',
    about: 'stop the personal part after so many failures in a row to lower that loss',
  },
  {
    flag: '--proximal <mu>',
    path: 'training.proximal',
    about: 'FedProx: pull the shared part back to the checkpoint by mu times its distance',
  },
  {
    flag: '--controls',
    path: 'training.controls',
    about: 'SCAFFOLD: controls travel beside the shared tensors (with --optimizer sgd)',
  },
  { flag: '--weight-decay <x>', path: 'training.weightDecay', about: 'of adamw' },
  { flag: '--rule <name>', path: 'aggregation.rule', about: 'how a round’s contributions are combined' },
  {
    flag: '--trim <share>',
    path: 'aggregation.trim',
    about: 'of trimmed-mean: share of the values cut at each end',
  },
  {
    flag: '--byzantine <n>',
    path: 'aggregation.byzantine',
    about: 'of krum and multi-krum: contributions of a round that may be hostile',
  },
  {
    flag: '--radius <x>',
    path: 'aggregation.radius',
    about: 'of norm-bound and centered-clipping: L2 norm to which contributions are scaled down',
  },
  {
    flag: '--norm-bound <factor>',
    path: 'aggregation.normBound',
    about:
      'refuse contributions whose L2 norm is more than so many times what members usually send, or off; --clip-norm takes its place',
    read: readNumberOr('off'),
  },
  { flag: '--weighting <kind>', path: 'aggregation.weighting', about: 'how contributions are weighed' },
  {
    flag: '--example-cap <n>',
    path: 'aggregation.exampleCap',
    about: 'most examples a contribution counts for',
  },
  { flag: '--server-optimizer <name>', path: 'aggregation.optimizer', about: 'the coordinator’s optimizer' },
  { flag: '--server-rate <x>', path: 'aggregation.rate', about: 'its rate' },
  { flag: '--server-momentum <x>', path: 'aggregation.momentum', about: 'of fedavgm' },
  { flag: '--server-beta1 <x>', path: 'aggregation.beta1', about: 'of fedadam and fedyogi' },
  { flag: '--server-beta2 <x>', path: 'aggregation.beta2', about: 'of fedadam and fedyogi' },
  { flag: '--server-tau <x>', path: 'aggregation.tau', about: 'of fedadam, fedyogi and fedadagrad' },
  ...roundsTable,
  { flag: '--clip-norm <x>', path: 'privacy.clipNorm', about: 'clip a contribution’s L2 norm' },
  { flag: '--noise-multiplier <x>', path: 'privacy.noiseMultiplier', about: 'Gaussian noise, in clip norms' },
  {
    flag: '--min-members <n>',
    path: 'privacy.minMembers',
    about: 'members who have to hold a tensor before a round moves it, or all of a group that has fewer',
  },
  { flag: '--upload <encoding>', path: 'wire.upload', about: 'form in which contributions travel' },
  {
    flag: '--download <encoding>',
    path: 'wire.download',
    about: 'form in which checkpoints travel to members',
  },
  {
    flag: '--keep <share>',
    path: 'wire.keep',
    about: 'share of the values a top-k contribution holds, the largest of each tensor',
  },
];
