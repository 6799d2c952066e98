// A group file: who may join, the base model, a preset and the settings by section. Read, checked, and made into the settings of
// a group that is to be or of one that is there. How YAML is read is read-yaml.ts's.
import { newGroupNameSchema, type TaskGroup } from '@colora/protocol/entities';
import type { GroupTerms } from '@colora/protocol/settings/changes';
import { isObject, valueAt, withValueAt } from '@colora/protocol/settings/field-paths';
import { presetNames, withPreset } from '@colora/protocol/settings/presets';
import { accessSchema } from '@colora/protocol/states/states';
import { type TaskKind, taskKinds, taskKindTable } from '@colora/protocol/task-kinds';
import { settledSettings, type TaskSettings, taskSettingsSchema } from '@colora/protocol/task-settings';
import { z } from 'zod';
import { localName } from '../base-model/base-model-name.ts';
import type { SettingsDraft } from '../flags/settings-draft.ts';
import { filledIn } from '../new-group/filled-in.ts';
import { UsageError } from '../usage-error.ts';
import { issuesError } from './file-issues.ts';
import { type PlacedValue, readYaml } from './read-yaml.ts';

const sections = [
  'task',
  'adapter',
  'training',
  'aggregation',
  'rounds',
  'privacy',
  'wire',
  'retention',
] as const;
const settingsNames = [...sections, 'seed'] as const;

const ownSchema = z.strictObject({
  name: newGroupNameSchema,
  access: accessSchema.default('invitation'),
  preset: z.enum(presetNames).optional(),
  baseModel: z
    .union([
      z.string().min(1).max(500),
      z.strictObject({
        name: z.string().min(1).max(200),
        modelType: z.string().max(64).optional(),
        fingerprint: z.string().max(129).optional(),
      }),
    ])
    .optional(),
});
const ownNames = [...Object.keys(ownSchema.shape), ...settingsNames];

export interface GroupFile {
  readonly name: string;
  readonly access: TaskGroup['access'];
  /** As `--base-model` takes it, or as an export wrote it; undefined where the file names none. */
  readonly baseModel: { readonly name: string; readonly fingerprint?: string | undefined } | undefined;
  readonly kind: TaskKind;
  /** Of the settings, what the file and its preset say. */
  readonly draft: SettingsDraft;
  readonly file: PlacedValue;
}

/** Throws FileProblem, and UsageError that names every wrong place. */
export async function readGroupFile(path: string): Promise<GroupFile> {
  const file = await readYaml(path);
  if (!isObject(file.value)) throw new UsageError(`${path}:1:1: holds no fields: name: reviews, task: …`);
  const entries = Object.entries(file.value);
  const isSetting = (name: string) => settingsNames.some((one) => one === name);
  const own = ownSchema.safeParse(Object.fromEntries(entries.filter(([name]) => !isSetting(name))));
  const said = Object.fromEntries(entries.filter(([name]) => isSetting(name)));
  if (!own.success) throw issuesError(file, own.error.issues, ownNames);
  const { name, access, preset, baseModel } = own.data;
  const kind = kindOf(said, file);
  const named = withValueAt(said, 'task.kind', kind);
  const draft = preset === undefined ? named : withPreset(named, preset, kind);
  const read: GroupFile = {
    ...{ name, access, kind, draft, file },
    baseModel: typeof baseModel === 'string' ? { name: baseModel } : baseModel,
  };
  settingsIn(read, { name: '-', modelType: '-', fingerprint: '0'.repeat(64) });
  return read;
}

/** Labels alone say it too. */
function kindOf(said: SettingsDraft, file: PlacedValue): TaskKind {
  const kind = valueAt(said, 'task.kind') ?? (valueAt(said, 'task.labels') && 'classification');
  const known = taskKinds.find((one) => one === kind);
  const where = file.placeOf(['task', 'kind']);
  if (known === undefined)
    throw new UsageError(
      `${where}: task.kind: takes one of ${taskKinds.join(', ')}; labels alone make a classification`,
    );
  const { name, labels } = taskKindTable[known];
  if (labels !== null && valueAt(said, 'task.labels') === undefined)
    throw new UsageError(`${where}: task.labels: ${name} needs them: [${labels.split(',').join(', ')}]`);
  return known;
}

/** Settings of a group on that base model; what nobody says is as `groups create` has it. Throws UsageError. */
export function settingsIn(
  { draft, kind, file }: GroupFile,
  baseModel: TaskSettings['baseModel'],
): TaskSettings {
  const parsed = taskSettingsSchema.safeParse({ ...filledIn(draft, kind, baseModel.modelType), baseModel });
  if (!parsed.success) throw issuesError(file, parsed.error.issues, ownNames);
  return settledSettings(parsed.data);
}

/** What the file asks of a group that is there. A deadline it doesn't name stays: one may have been proposed for the model. */
export function termsFor(read: GroupFile, now: GroupTerms): GroupTerms {
  const { baseModel } = now.settings;
  const settings = settingsIn(read, { ...baseModel, ...otherModel(read, baseModel) });
  const isSaid = valueAt(read.draft, 'rounds.deadlineSeconds') !== undefined;
  const { deadlineSeconds } = isSaid ? settings.rounds : now.settings.rounds;
  return { access: read.access, settings: { ...settings, rounds: { ...settings.rounds, deadlineSeconds } } };
}

function otherModel({ baseModel: said }: GroupFile, known: TaskSettings['baseModel']) {
  if (said === undefined) return {};
  const { name, fingerprint = known.fingerprint } = said;
  const isSame = name === known.name || known.name.startsWith(`${name}@`) || localName(name) === known.name;
  return { fingerprint, ...(isSame ? {} : { name }) };
}
