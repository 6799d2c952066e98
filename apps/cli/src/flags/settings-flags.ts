// The flags of `groups create` and the settings they set, as one table; what values are allowed is the
// settings schema's to say, and its complaints are told by flag.
import type { TaskSettingsInput } from '@colora/protocol/task-settings';
import type { Command } from 'commander';
import { Option } from 'commander';
import { UsageError } from '../usage-error.ts';
import type { SettingsFlag } from './add-setting-flag.ts';
import { readInteger, readList, readNumber } from './option-values.ts';
import { roundsFlags } from './rounds-flags.ts';

const whole = readInteger(0);
const layoutChoices = ['core', 'dual', 'global', 'alone', 'share-a', 'frozen-a'];

const ruleChoices = [
  'mean',
  'norm-bound',
  'median',
  'trimmed-mean',
  'krum',
  'multi-krum',
  'geometric-median',
  'centered-clipping',
];

const rows: readonly SettingsFlag[] = [
  {
    flag: '--max-tokens <n>',
    path: ['task', 'maxTokens'],
    about: 'tokens of a text that are read',
    read: whole,
  },
  {
    flag: '--head <owner>',
    path: ['task', 'head'],
    about: 'who owns the classification head',
    choices: ['by-label', 'personal', 'both'],
  },
  { flag: '--head-scale <x>', path: ['task', 'headScale'], about: 'logits = x (W f + b)', read: readNumber },
  {
    flag: '--layout <layout>',
    path: ['adapter', 'layout'],
    about: 'adapter layout (default core)',
    choices: layoutChoices,
  },
  {
    flag: '--rank <n>',
    path: ['adapter', 'rank'],
    about: 'rank of the shared adapter (default 8)',
    read: whole,
  },
  {
    flag: '--alpha <x>',
    path: ['adapter', 'alpha'],
    about: 'scale is alpha / rank (default: the rank)',
    read: readNumber,
  },
  {
    flag: '--personal-rank <n>',
    path: ['adapter', 'personalRank'],
    about: 'rank of the personal adapter (dual)',
    read: whole,
  },
  { flag: '--personal-alpha <x>', path: ['adapter', 'personalAlpha'], about: 'its alpha', read: readNumber },
  {
    flag: '--targets <list>',
    path: ['adapter', 'targets'],
    about:
      'adapted modules, comma-separated: names, endings, all-linear, top-8:q_proj (last 8 layers), or none',
    read: (value) => (value === 'none' ? [] : readList(value)),
  },
  {
    flag: '--contribution <kind>',
    path: ['training', 'contribution'],
    about: 'what travels (default delta)',
    choices: ['delta', 'gradient'],
  },
  {
    flag: '--personal-steps <n>',
    path: ['training', 'personalSteps'],
    about: 'personal steps a round (default 2)',
    read: whole,
  },
  {
    flag: '--shared-steps <n>',
    path: ['training', 'sharedSteps'],
    about: 'shared steps, or batches of a gradient, a round (default 6)',
    read: whole,
  },
  {
    flag: '--batch-size <n>',
    path: ['training', 'batchSize'],
    about: 'examples a step (default 8)',
    read: whole,
  },
  {
    flag: '--optimizer <name>',
    path: ['training', 'optimizer'],
    about: 'local optimizer (default adam)',
    choices: ['adam', 'adamw', 'sgd'],
  },
  {
    flag: '--personal-rate <x>',
    path: ['training', 'personalRate'],
    about:
      'rate of the personal part (default 0.02 for core, else 0.0005; of a language model 0.05, else 0.001)',
    read: readNumber,
  },
  {
    flag: '--shared-rate <x>',
    path: ['training', 'sharedRate'],
    about: 'rate of the shared adapter (default 0.008, of a language model 0.002)',
    read: readNumber,
  },
  {
    flag: '--head-rate <x>',
    path: ['training', 'headRate'],
    about: 'rate of the head (default 0.003)',
    read: readNumber,
  },
  {
    flag: '--schedule <name>',
    path: ['training', 'schedule'],
    about: 'how the rates fall over the run (default constant)',
    choices: ['constant', 'linear', 'cosine'],
  },
  {
    flag: '--warmup <share>',
    path: ['training', 'warmup'],
    about: 'share of the steps over which the rates rise first (default 0)',
    read: readNumber,
  },
  {
    flag: '--max-gradient-norm <x>',
    path: ['training', 'maxGradientNorm'],
    about: 'scale a step’s gradient down to this L2 norm',
    read: readNumber,
  },
  {
    flag: '--accumulate <n>',
    path: ['training', 'accumulate'],
    about: 'batches whose mean gradient makes one step (default 1)',
    read: whole,
  },
  {
    flag: '--validation <share>',
    path: ['training', 'validation'],
    about: 'share of each member’s examples to judge personal steps by, never trained on (default 0)',
    read: readNumber,
  },
  {
    flag: '--patience <n>',
    path: ['training', 'patience'],
    about: 'stop the personal part after so many failures in a row to lower that loss (default 3)',
    read: whole,
  },
  {
    flag: '--proximal <mu>',
    path: ['training', 'proximal'],
    about: 'FedProx: pull shared steps back to the checkpoint by mu times their distance (default 0)',
    read: readNumber,
  },
  {
    flag: '--controls',
    path: ['training', 'controls'],
    about: 'SCAFFOLD: controls travel beside the shared tensors (with --optimizer sgd)',
  },
  { flag: '--weight-decay <x>', path: ['training', 'weightDecay'], about: 'of adamw', read: readNumber },
  {
    flag: '--rule <name>',
    path: ['aggregation', 'rule'],
    about: 'how a round’s contributions are combined (default mean)',
    choices: ruleChoices,
  },
  {
    flag: '--trim <share>',
    path: ['aggregation', 'trim'],
    about: 'of trimmed-mean: share of the values cut at each end (default 0.1)',
    read: readNumber,
  },
  {
    flag: '--byzantine <n>',
    path: ['aggregation', 'byzantine'],
    about: 'of krum and multi-krum: contributions of a round that may be hostile (default 1)',
    read: whole,
  },
  {
    flag: '--radius <x>',
    path: ['aggregation', 'radius'],
    about: 'of norm-bound and centered-clipping: L2 norm to which contributions are scaled down',
    read: readNumber,
  },
  {
    flag: '--weighting <kind>',
    path: ['aggregation', 'weighting'],
    about: 'how contributions are weighed (default uniform)',
    choices: ['uniform', 'examples'],
  },
  {
    flag: '--example-cap <n>',
    path: ['aggregation', 'exampleCap'],
    about: 'most examples a contribution counts for (default 10000)',
    read: whole,
  },
  {
    flag: '--server-optimizer <name>',
    path: ['aggregation', 'optimizer'],
    about: 'the coordinator’s optimizer (default plain)',
    choices: ['plain', 'fedavgm', 'fedadam', 'fedyogi', 'fedadagrad'],
  },
  {
    flag: '--server-rate <x>',
    path: ['aggregation', 'rate'],
    about: 'its rate (default 1)',
    read: readNumber,
  },
  { flag: '--server-momentum <x>', path: ['aggregation', 'momentum'], about: 'of fedavgm', read: readNumber },
  {
    flag: '--server-beta1 <x>',
    path: ['aggregation', 'beta1'],
    about: 'of fedadam and fedyogi',
    read: readNumber,
  },
  {
    flag: '--server-beta2 <x>',
    path: ['aggregation', 'beta2'],
    about: 'of fedadam and fedyogi',
    read: readNumber,
  },
  {
    flag: '--server-tau <x>',
    path: ['aggregation', 'tau'],
    about: 'of fedadam, fedyogi and fedadagrad',
    read: readNumber,
  },
  ...roundsFlags,
  {
    flag: '--clip-norm <x>',
    path: ['privacy', 'clipNorm'],
    about: 'clip a contribution’s L2 norm',
    read: readNumber,
  },
  {
    flag: '--noise-multiplier <x>',
    path: ['privacy', 'noiseMultiplier'],
    about: 'Gaussian noise, in clip norms',
    read: readNumber,
  },
  {
    flag: '--upload <encoding>',
    path: ['wire', 'upload'],
    about: 'form in which contributions travel (default f32)',
    choices: ['f32', 'f16', 'bf16', 'int8', 'top-k'],
  },
  {
    flag: '--download <encoding>',
    path: ['wire', 'download'],
    about: 'form in which checkpoints travel to members (default f32)',
    choices: ['f32', 'f16', 'bf16', 'int8'],
  },
  {
    flag: '--keep <share>',
    path: ['wire', 'keep'],
    about: 'share of the values a top-k contribution holds, the largest of each tensor',
    read: readNumber,
  },
];

export function addSettingsFlags(command: Command): Command {
  for (const { flag, about, read, choices } of rows) {
    const option = new Option(flag, about);
    if (choices !== undefined) option.choices(choices);
    else if (read !== undefined) option.argParser(read);
    command.addOption(option);
  }
  return command;
}

export type SettingsDraft = Record<string, unknown>;
export type ParsedFlags = Readonly<Record<string, unknown>>;

/** The draft with every given flag put in its place; a flag wins over the file. */
export function applySettingsFlags(draft: SettingsDraft, flags: ParsedFlags): SettingsDraft {
  const result: SettingsDraft = { ...draft };
  for (const { flag, path } of rows) {
    const value = flags[new Option(flag).attributeName()];
    if (value === undefined) continue;
    const [section, field, part] = path;
    const before = asObject(result[section]);
    const inside = part === undefined ? value : { ...asObject(before[field]), [part]: value };
    result[section] = { ...before, [field]: inside };
  }
  return result;
}

function asObject(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

/** The settings without base model, or UsageError naming each wrong flag (or field of the file). */
export async function checkSettings(draft: SettingsDraft): Promise<Omit<TaskSettingsInput, 'baseModel'>> {
  const { taskSettingsSchema } = await import('@colora/protocol/task-settings');
  // The base model is filled in when its folder is opened; a stand-in lets the rest be checked before.
  const standIn = { name: '-', modelType: '-', fingerprint: '0'.repeat(64) };
  const parsed = taskSettingsSchema.safeParse({ ...draft, baseModel: standIn });
  if (!parsed.success) {
    const wrong = parsed.error.issues.map((issue) => `${placeOf(issue.path)}: ${issue.message}`);
    throw new UsageError(`the settings are not valid\n  ${wrong.join('\n  ')}`);
  }
  const { baseModel: _, ...settings } = parsed.data;
  return settings;
}

/** The flag of a settings path, with the field's name where a file gave it. */
function placeOf(path: readonly PropertyKey[]): string {
  const [section, field, part] = path.map(String);
  if (section === 'task' && field === 'labels') return '--labels (task.labels)';
  if (section === 'task' && field === 'kind') return '--task (task.kind)';
  const fits = rows.filter((one) => one.path[0] === section && one.path[1] === field);
  const row = fits.find((one) => one.path[2] === part) ?? fits[0];
  const name = path.map(String).join('.');
  return row === undefined ? name || 'settings' : `${row.flag.split(' ')[0]} (${name})`;
}
