// `colora groups create`: flags and file to settings, then the group with its initial checkpoint.
import { readFile } from 'node:fs/promises';
import type { TaskGroup } from '@colora/protocol/entities';
import type { PresetName } from '@colora/protocol/settings/presets';
import type { TaskKind } from '@colora/protocol/task-kinds';
import { Command, Option } from 'commander';
import { baseModelForms, shippedModel } from '../base-model/base-model-name.ts';
import { type ApiFlags, withApiFlags } from '../coordinator-api.ts';
import { withOptionsLater } from '../flags/load-options.ts';
import { readNewGroupName } from '../flags/option-values.ts';
import { applySettingsFlags, asObject, type SettingsDraft } from '../flags/settings-draft.ts';
import { UsageError } from '../usage-error.ts';

interface CreateFlags extends ApiFlags {
  readonly baseModel?: string;
  readonly settings?: string;
  readonly preset?: PresetName;
  readonly fromAdapter?: string;
  readonly access: TaskGroup['access'];
  readonly start?: boolean;
  readonly dryRun?: boolean;
}

export function groupsCreateCommand(): Command {
  const command = withApiFlags(
    new Command('create').description('Create a task group with its initial checkpoint'),
  )
    .argument('<name>', 'name of the group', readNewGroupName)
    .option('--base-model <model>', `${baseModelForms} (default: ${shippedModel})`)
    .option('--settings <file>', 'JSON file of settings (without baseModel); flags win over it')
    .option('--from-adapter <folder>', 'start the shared part from a LoRA in PEFT’s format')
    .option('--start', 'start its rounds at once')
    .option('--dry-run', 'create nothing: check it, and say what it would mean')
    .addHelpText(
      'after',
      '\nExample:\n  $ colora groups create reviews --base-model use-lite --labels good,bad --rounds 8 --participants 3 --start',
    )
    .action(createGroup);
  return withOptionsLater(command, async () => {
    const { routes } = await import('@colora/protocol/routes');
    const { addSettingsOptions } = await import('../flags/settings-options.ts');
    const { access } = routes.createGroup.body.shape;
    const { presetNames } = await import('@colora/protocol/settings/presets');
    const preset = new Option('--preset <name>', 'settings for a purpose; flags and file win over them');
    command.addOption(preset.choices(presetNames));
    const whoMayJoin = new Option('--access <kind>', 'who may join').choices(access.unwrap().options);
    addSettingsOptions(command.addOption(whoMayJoin.default(access.parse(undefined))));
  });
}

async function createGroup(name: string, flags: CreateFlags): Promise<void> {
  const fromFile = flags.settings === undefined ? {} : await readSettingsFile(flags.settings);
  const said = applySettingsFlags(fromFile, { ...flags });
  const kind = await kindOf(said);
  const given = await presetIn(said, flags.preset, kind);
  const { makeNewGroup } = await import('../new-group/make-new-group.ts');
  const { access, baseModel, fromAdapter, start, dryRun } = flags;
  await makeNewGroup({ name, access, draft: given, kind, baseModel, fromAdapter, start, dryRun }, flags);
}

async function readSettingsFile(path: string): Promise<SettingsDraft> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (error) {
    throw new UsageError(
      `--settings: cannot read ${path} (${(error as NodeJS.ErrnoException).code ?? 'error'})`,
    );
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new UsageError(`--settings: ${path} is not JSON in UTF-8`);
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw new UsageError(`--settings: ${path} must hold one JSON object of settings`);
  }
  const { baseModel: _, ...settings } = parsed as SettingsDraft;
  return settings;
}

/** The task's kind, which labels alone say too; its labels are there. Null where none is called so: the schema says which there are. */
async function kindOf(draft: SettingsDraft): Promise<TaskKind | null> {
  const task = asObject(draft.task);
  const kind = task.kind ?? (task.labels === undefined ? undefined : 'classification');
  if (kind === undefined) throw new UsageError('say what the task is: --labels good,bad or --task causal-lm');
  const { taskKinds, taskKindTable } = await import('@colora/protocol/task-kinds');
  const known = taskKinds.find((one) => one === kind);
  if (known === undefined) return null;
  const { name, labels } = taskKindTable[known];
  if (labels !== null && task.labels === undefined) {
    throw new UsageError(`${name} needs --labels, for instance --labels ${labels}`);
  }
  return known;
}

async function presetIn(
  draft: SettingsDraft,
  preset: PresetName | undefined,
  kind: TaskKind | null,
): Promise<SettingsDraft> {
  if (preset === undefined || kind === null) return draft;
  const { withPreset } = await import('@colora/protocol/settings/presets');
  return withPreset(draft, preset, kind);
}
