// `colora groups apply|diff|export`: groups as files. What a file says is group-file/'s; what a change means is the protocol's.
import type { ApiClient, RouteAnswer } from '@colora/protocol/api-client';
import type { TaskGroup } from '@colora/protocol/entities';
import type { GroupTerms } from '@colora/protocol/settings/changes';
import { Command } from 'commander';
import { baseModelForms } from '../base-model/base-model-name.ts';
import { type ApiFlags, openApi, withApiFlags } from '../coordinator-api.ts';
import { readName } from '../flags/option-values.ts';
import type { GroupFile } from '../group-file/group-file.ts';
import { print, printJson, say } from '../terminal/output.ts';
import { UsageError } from '../usage-error.ts';

export function groupFileCommands(): Command[] {
  return [applyCommand(), diffCommand(), exportCommand()];
}

interface ApplyFlags extends ApiFlags {
  readonly baseModel?: string;
  readonly start?: boolean;
}

function applyCommand(): Command {
  const description =
    'Make a group as a file says, or change it to what the file says; what the file leaves out has its default';
  return withApiFlags(new Command('apply').description(description))
    .argument('<file>', 'YAML or JSON: name, access, baseModel, preset, and the settings by section')
    .option('--base-model <model>', `where the file’s base model is here: ${baseModelForms}`)
    .option('--start', 'start the rounds of a group that it makes')
    .addHelpText('after', '\nExample:\n  $ colora groups apply reviews.yaml')
    .action(async (path: string, flags: ApplyFlags) => {
      const read = await readFile(path);
      const api = await openApi(flags);
      const group = await findGroup(api, read.name);
      if (group === null) return await makeOf(read, flags);
      await change(api, read, group, { json: flags.json, check: false });
    });
}

function diffCommand(): Command {
  const description = 'What `groups apply` of a file would change, and from when on; nothing is changed';
  return withApiFlags(new Command('diff').description(description))
    .argument('<file>', 'as groups apply takes it')
    .addHelpText('after', '\nExample:\n  $ colora groups diff reviews.yaml')
    .action(async (path: string, flags: ApiFlags) => {
      const read = await readFile(path);
      const api = await openApi(flags);
      const group = await findGroup(api, read.name);
      if (group === null) {
        if (flags.json) return printJson({ group: null, changes: [], fromRound: 1 });
        return print(`${read.name} isn’t there yet: colora groups apply ${path} makes it`);
      }
      await change(api, read, group, { json: flags.json, check: true });
    });
}

function exportCommand(): Command {
  const description = 'Print a group as a file that groups apply takes, with all of its settings';
  return withApiFlags(new Command('export').description(description))
    .argument('<group>', 'name of the group', readName)
    .addHelpText('after', '\nExample:\n  $ colora groups export reviews > reviews.yaml')
    .action(async (name: string, flags: ApiFlags) => {
      const group = await (await openApi(flags)).call('showGroup', { params: { group: name } });
      const { groupFileOf, groupFileText } = await import('../group-file/write-group-file.ts');
      if (flags.json) printJson(groupFileOf(group));
      else print(groupFileText(group).trimEnd());
    });
}

async function readFile(path: string): Promise<GroupFile> {
  const { readGroupFile } = await import('../group-file/group-file.ts');
  return await readGroupFile(path);
}

async function findGroup(api: ApiClient, name: string): Promise<TaskGroup | null> {
  const { ApiProblem } = await import('@colora/protocol/api-client');
  try {
    return await api.call('showGroup', { params: { group: name } });
  } catch (error) {
    if (error instanceof ApiProblem && error.is('unknown-group')) return null;
    throw error;
  }
}

/** A file's own path or id says where the model is, unless a flag does. */
async function makeOf(read: GroupFile, flags: ApplyFlags): Promise<void> {
  const { name, access, draft, kind, baseModel } = read;
  const { makeNewGroup } = await import('../new-group/make-new-group.ts');
  await makeNewGroup(
    {
      ...{ name, access, draft, kind, start: flags.start },
      baseModel: flags.baseModel ?? baseModel?.name,
      // a name that an export wrote is what members are to know it by; one that was typed is found first
      baseModelName: baseModel?.fingerprint === undefined ? undefined : baseModel.name,
      fingerprint: baseModel?.fingerprint,
    },
    flags,
  );
}

async function change(
  api: ApiClient,
  read: GroupFile,
  group: TaskGroup,
  { json, check }: { readonly json: boolean | undefined; readonly check: boolean },
): Promise<void> {
  const { termsFor } = await import('../group-file/group-file.ts');
  const { ApiProblem } = await import('@colora/protocol/api-client');
  const seen = { access: group.access, settings: group.nextSettings ?? group.settings };
  const wanted = termsFor(read, seen);
  try {
    const body = { ...wanted, seen, check };
    const answer = await api.call('changeSettings', { params: { group: group.name }, body });
    if (json) printJson(answer);
    else await printChanges(answer, group, wanted);
  } catch (error) {
    if (!(error instanceof ApiProblem) || !error.is('invalid-settings')) throw error;
    throw await placed(error, read, wanted, seen);
  }
}

/** A refusal in terms of the file's lines, where a field is never changed. */
async function placed(
  error: Error,
  { file }: GroupFile,
  wanted: GroupTerms,
  seen: GroupTerms,
): Promise<Error> {
  const { changesOfTerms, changeWords } = await import('@colora/protocol/settings/changes');
  const { guideOf } = await import('@colora/protocol/settings/field-guide');
  const fixed = changesOfTerms(seen, wanted).filter(({ when }) => when === 'never');
  const lines = fixed.map(
    (change) =>
      `${file.placeOf(change.path.split('.'))}: ${changeWords(change)}: ${fixedWords} (${guideOf(change.path).because})`,
  );
  return lines.length === 0 ? error : new UsageError(lines.join('\n'));
}

const fixedWords = 'can’t change after creation: make a new group';

/** `before`: the group as it was. */
async function printChanges(
  { changes, fromRound }: RouteAnswer<'changeSettings'>,
  before: TaskGroup,
  wanted: GroupTerms,
): Promise<void> {
  if (changes.length === 0) return print(`${before.name}: nothing to change`);
  const { changeWords } = await import('@colora/protocol/settings/changes');
  const whenWords = { now: 'at once', 'next-round': `from round ${fromRound} on`, never: fixedWords };
  for (const change of changes) print(`${changeWords(change)}: ${whenWords[change.when]}`);
  const { changesBetween } = await import('@colora/client/consent/terms');
  const { more } = changesBetween(before.nextSettings ?? before.settings, wanted.settings);
  if (more.length === 0) return;
  say(
    `This asks more of members than they agreed to (${more.join('; ')}): each is asked anew, and whoever doesn’t agree (colora join --accept-changes) trains no further.`,
  );
}
