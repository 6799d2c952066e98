// `colora import`: a PEFT adapter as the start of one's own personal part in a group. As the start of a group's
// shared part it comes in with `colora groups create --from-adapter`.
import { Command } from 'commander';
import { baseModelForms } from '../base-model/base-model-name.ts';
import { config } from '../config.ts';
import { agreeAtTerminal } from '../consent/agree-to-download.ts';
import { withUrlFlag } from '../coordinator-api.ts';
import { type AccessFlags, accessTo, replaceKeyHelp, withAccessFlags } from '../flags/access-flags.ts';
import { readInvitation, readName } from '../flags/option-values.ts';
import { usualWorkspace } from '../remembered/choose-profile.ts';
import { print, printJson, say } from '../terminal/output.ts';
import { listenForStop } from '../terminal/stop-signals.ts';

interface ImportFlags extends AccessFlags {
  readonly url: string;
  readonly group: string;
  readonly workspace: string;
  readonly baseModel?: string;
  readonly replaceKey?: boolean;
  readonly name?: string;
  readonly invitation?: string;
  readonly json?: boolean;
}

export function importCommand(): Command {
  const command = withUrlFlag(new Command('import'))
    .description('Start your personal part of a group from a LoRA in PEFT’s format (layouts dual and alone)')
    .argument('<folder>', 'the adapter: adapter_config.json and adapter_model.safetensors')
    .requiredOption('--group <name>', 'the group; joined if need be', readName)
    .option('--workspace <folder>', 'folder of the workspace', usualWorkspace)
    .option(
      '--base-model <model>',
      `the group's base model: ${baseModelForms} (default: as the group names it)`,
    );
  return withAccessFlags(
    command,
    'API key of an enrolled participant (else the workspace’s, else one is enrolled)',
  )
    .option('--replace-key', replaceKeyHelp)
    .option('--name <name>', 'name to enrol under', readName)
    .option('--invitation <link>', 'invitation, for a group that needs one', readInvitation)
    .option('--json', 'print what was imported as JSON')
    .addHelpText(
      'after',
      '\nFor the shared part of a new group: colora groups create <name> --from-adapter <folder>\n\nExample:\n  $ colora import ./my-adapter --group stories --url http://127.0.0.1:7070',
    )
    .action(runImport);
}

async function runImport(folder: string, flags: ImportFlags): Promise<void> {
  const { readPeftFolder } = await import('../adapter/peft-folder.ts');
  const { openSentList } = await import('@colora/client/sent/open-sent-list');
  const { importPersonal } = await import('@colora/client/session/import-personal');
  const { resolveGroupsModel } = await import('../base-model/resolve-base-model.ts');
  let read = await readPeftFolder(folder); // what is wrong with it by itself, before anybody is enrolled
  const { url, group, workspace, name, invitation, replaceKey } = flags;
  const { key, insecure } = await accessTo(url, flags, 'member');
  const stop = listenForStop();
  try {
    const { participant } = await importPersonal({
      ...{ url, group, workspace, insecure, line: config.line, signal: stop.signal },
      baseModel: (wanted, remembered, signal) => {
        const fetching = { agree: agreeAtTerminal(signal), signal, sent: openSentList(workspace) };
        return resolveGroupsModel({ flag: flags.baseModel, remembered }, wanted, fetching);
      },
      readAdapter: async (linears) => {
        read = await readPeftFolder(folder, linears);
        return read.folded;
      },
      ...(key === undefined ? {} : { key }),
      ...(replaceKey === undefined ? {} : { replaceKey }),
      ...(name === undefined ? {} : { name }),
      ...(invitation === undefined ? {} : { invitation }),
    });
    if (flags.json) return printJson({ group, participant, workspace, modules: [...read.folded.keys()] });
    print(`${participant}'s personal part of ${group} starts from ${folder} (${read.folded.size} modules)`);
    say(`The adapter says that it was trained on ${read.baseModel ?? 'an unnamed model'}.`);
    say(`Go on from it: colora join ${url} --group ${group} --data <file.jsonl> --workspace ${workspace}`);
  } finally {
    stop.release();
  }
}
