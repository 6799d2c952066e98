// `colora groups …`: what admins do with task groups. Creating one, with its many settings, is
// groups-create.ts; from a file groups-file.ts; inviting accounts/groups-invitations.ts; starting, extending and ending one is groups-lifecycle.ts.
import type { RouteAnswer } from '@colora/protocol/api-client';
import { Command } from 'commander';
import { type ApiFlags, ifKnown, openApi, withApiFlags } from '../coordinator-api.ts';
import { readInteger, readName } from '../flags/option-values.ts';
import { type PageFlags, sayNext, withPageFlags } from '../flags/page-flags.ts';
import { printFacts, printJson, printTable, say } from '../terminal/output.ts';
import { invitationCommands } from './accounts/groups-invitations.ts';
import { clustersCommand } from './groups-clusters.ts';
import { groupsCreateCommand } from './groups-create.ts';
import { groupFileCommands } from './groups-file.ts';
import { lifecycleCommands } from './groups-lifecycle.ts';
import { exportProofCommand } from './proofs/export-proof.ts';

export function groupsCommand(): Command {
  const command = new Command('groups')
    .description('Set up and watch task groups')
    .addHelpText('after', '\nExample:\n  $ colora groups list')
    .addCommand(groupsCreateCommand())
    .addCommand(listCommand())
    .addCommand(showCommand())
    .addCommand(similarityCommand())
    .addCommand(clustersCommand())
    .addCommand(exportProofCommand());
  for (const each of [...invitationCommands(), ...groupFileCommands(), ...lifecycleCommands()])
    command.addCommand(each);
  return command;
}

/** Rows read a group's settings: loaded only where some are shown. */
const groupRows = () => import('../group-rows.ts');

function listCommand(): Command {
  return withPageFlags(withApiFlags(new Command('list').description('List task groups')))
    .addHelpText('after', '\nExample:\n  $ colora groups list --json')
    .action(async (flags: ApiFlags & PageFlags) => {
      const { limit, cursor } = flags;
      const answer = await (await openApi(flags)).call('listGroups', { query: { limit, cursor } });
      if (flags.json) return printJson(answer);
      const { groupHeader, groupRow } = await groupRows();
      printTable(
        groupHeader,
        answer.items.map(groupRow),
        'No groups yet. Create one: colora groups create --help',
      );
      sayNext(answer);
    });
}

function showCommand(): Command {
  return withApiFlags(new Command('show').description('Show a task group and its settings'))
    .argument('<group>', 'name of the group', readName)
    .addHelpText('after', '\nExample:\n  $ colora groups show reviews')
    .action(async (group: string, flags: ApiFlags) => {
      const api = await openApi(flags);
      const answer = await api.call('showGroup', { params: { group } });
      const params = { group };
      const verdicts = await ifKnown(api.call('countVerdicts', { params }));
      const stepTimes = await ifKnown(api.call('showStepTimes', { params }));
      if (flags.json) return printJson({ ...answer, verdicts, stepTimes });
      printFacts((await groupRows()).groupFacts(answer, { verdicts, stepTimes }));
    });
}

function similarityCommand(): Command {
  return withApiFlags(
    new Command('similarity').description(
      'How alike the members’ updates are: cosine similarity, as advice for grouping',
    ),
  )
    .argument('<group>', 'name of the group', readName)
    .option(
      '--rounds <n>',
      'sum the updates of the first n rounds whose bytes are kept',
      readInteger(1, 100),
      3,
    )
    .option('--suffix <text>', 'of the tensors whose name ends so', '.B')
    .addHelpText('after', '\nExample:\n  $ colora groups similarity reviews --rounds 3')
    .action(async (group: string, flags: ApiFlags & { rounds: number; suffix: string }) => {
      const { rounds, suffix } = flags;
      const answer = await (await openApi(flags)).call('similarity', {
        params: { group },
        query: { rounds, suffix },
      });
      if (flags.json) return printJson(answer);
      const rows = answer.participants.map((name, row) => [
        name,
        ...answer.matrix[row]!.map((value) => value.toFixed(2)),
      ]);
      printTable(['', ...answer.participants], rows, 'No contributions yet.');
      if (answer.rounds.length > 0) say(takenText(answer));
    });
}

function takenText({ rounds, emptied }: RouteAnswer<'similarity'>): string {
  const which = `of round${rounds.length === 1 ? '' : 's'} ${rounds.join(', ')}`;
  return emptied === 0
    ? which
    : `${which}: the bytes of ${emptied} committed round${emptied === 1 ? '' : 's'} before are not kept (retention in the settings)`;
}
