// `colora rounds …`: how the rounds of a group went.
import type { Round } from '@colora/protocol/entities';
import { Command } from 'commander';
import { type ApiFlags, openApi, type PageFlags, withApiFlags } from '../coordinator-api.ts';
import { readInteger, readName } from '../option-values.ts';
import { byteText, type Cell, localTime, print, printFacts, printJson, printTable } from '../output.ts';
import { withPageFlags } from './page-flags.ts';

export function roundsCommand(): Command {
  return new Command('rounds')
    .description('Watch the rounds of a group')
    .addHelpText('after', '\nExample:\n  $ colora rounds list reviews')
    .addCommand(listCommand())
    .addCommand(showCommand());
}

function listCommand(): Command {
  return withPageFlags(withApiFlags(new Command('list').description('List rounds, newest first')))
    .argument('<group>', 'name of the group', readName)
    .addHelpText('after', '\nExample:\n  $ colora rounds list reviews --limit 10')
    .action(async (group: string, flags: ApiFlags & PageFlags) => {
      const { limit, offset } = flags;
      const answer = await (await openApi(flags)).call('listRounds', {
        params: { group },
        query: { limit, offset },
      });
      if (flags.json) return printJson(answer);
      const rows = answer.items.map((round) => [
        round.number,
        round.state,
        `${round.contributions}/${round.cohort}`,
        round.metrics.sharedLoss ?? null,
        secondsOf(round),
        localTime(round.openedAt),
      ]);
      printTable(['round', 'state', 'contributions', 'loss', 'seconds', 'opened'], rows, 'No rounds yet.');
    });
}

function showCommand(): Command {
  return withApiFlags(new Command('show').description('Show a round and its contributions'))
    .argument('<group>', 'name of the group', readName)
    .argument('<round>', 'number of the round', readInteger(1))
    .addHelpText('after', '\nExample:\n  $ colora rounds show reviews 3')
    .action(async (group: string, number: number, flags: ApiFlags) => {
      const round = await (await openApi(flags)).call('showRound', { params: { group, round: number } });
      if (flags.json) return printJson(round);
      printFacts([
        ['round', round.number],
        ['state', round.state],
        ['made at', `checkpoint ${round.version}`],
        ['cohort', round.cohort],
        ['opened', localTime(round.openedAt)],
        ['deadline', localTime(round.deadlineAt)],
        ['committed', localTime(round.committedAt)],
        ...Object.entries(round.metrics).map(([name, value]): [string, Cell] => [name, value]),
        ['missing', round.missing.join(', ') || 'nobody'],
      ]);
      print();
      const rows = round.contributionList.map((item) => [
        item.participant,
        item.weight,
        item.norm,
        byteText(item.bytes),
        localTime(item.receivedAt),
      ]);
      printTable(['participant', 'weight', 'norm', 'size', 'received'], rows, 'No contributions yet.');
    });
}

function secondsOf(round: Round): number | null {
  if (round.committedAt === null) return null;
  return (Date.parse(round.committedAt) - Date.parse(round.openedAt)) / 1000;
}
