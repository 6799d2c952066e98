// `colora rounds series`: figures over the rounds of a group, put together to as many points as fit a screen.
import { Command, Option } from 'commander';
import { type ApiFlags, openApi, withApiFlags } from '../../coordinator-api.ts';
import { readInteger, readName } from '../../flags/option-values.ts';
import { type PageFlags, sayNext, withPageFlags } from '../../flags/page-flags.ts';
import { printJson, printTable } from '../../terminal/output.ts';

interface SeriesFlags extends ApiFlags, PageFlags {
  readonly of: 'group' | 'members' | 'rounds';
  readonly name?: string;
  readonly participant?: string;
  readonly from?: number;
  readonly through?: number;
  readonly points: number;
}

export function seriesCommand(): Command {
  const description = 'Figures over the rounds: of the members together, of each member, or of the rounds';
  const whose = new Option('--of <whose>', 'whose figures').choices(['group', 'members', 'rounds']);
  return withPageFlags(withApiFlags(new Command('series').description(description)))
    .argument('<group>', 'name of the group', readName)
    .addOption(whose.default('group'))
    .option('--name <name>', 'only of this name, for instance heldOutLoss')
    .option('--participant <name>', 'only of this member', readName)
    .option('--from <round>', 'from this round on', readInteger(0))
    .option('--through <round>', 'to this round', readInteger(0))
    .option('--points <n>', 'put neighbouring rounds together to at most so many', readInteger(1, 1000), 20)
    .addHelpText('after', '\nExample:\n  $ colora rounds series reviews --name heldOutLoss')
    .action(async (group: string, flags: SeriesFlags) => {
      const { of, name, participant, from, through, points, limit, cursor } = flags;
      const query = { of, name, participant, from, through, points, limit, cursor };
      const answer = await (await openApi(flags)).call('showMetricSeries', { params: { group }, query });
      if (flags.json) return printJson(answer);
      const rows = answer.items.map((point) => [
        ...[point.name, point.participant],
        point.round === point.through ? point.round : `${point.round} to ${point.through}`,
        ...[point.count, point.mean, point.least, point.median, point.most],
      ]);
      const header = ['name', 'participant', 'round', 'figures', 'mean', 'least', 'median', 'most'];
      printTable(header, rows, 'No figures yet.');
      sayNext(answer);
    });
}
