// `colora rounds …`: how the rounds of a group went, which contributions were refused and why, and cancelling one.
import type { Round, RoundDetail } from '@colora/protocol/entities';
import { Command } from 'commander';
import { type ApiFlags, ifKnown, openApi, withApiFlags } from '../coordinator-api.ts';
import { readInteger, readName } from '../flags/option-values.ts';
import { type PageFlags, sayNext, withPageFlags } from '../flags/page-flags.ts';
import { harmlessLine } from '../terminal/harmless-text.ts';
import {
  byteText,
  type Cell,
  localTime,
  print,
  printFacts,
  printJson,
  printTable,
} from '../terminal/output.ts';
import { endText, timelineHeader, timelineRows } from '../why/timeline-rows.ts';
import { seriesCommand } from './metrics/rounds-series.ts';

export function roundsCommand(): Command {
  return new Command('rounds')
    .description('Watch the rounds of a group')
    .addHelpText('after', '\nExample:\n  $ colora rounds list reviews')
    .addCommand(listCommand())
    .addCommand(showCommand())
    .addCommand(seriesCommand())
    .addCommand(refusalsCommand())
    .addCommand(cancelCommand());
}

function listCommand(): Command {
  return withPageFlags(withApiFlags(new Command('list').description('List rounds, newest first')))
    .argument('<group>', 'name of the group', readName)
    .addHelpText('after', '\nExample:\n  $ colora rounds list reviews --limit 10')
    .action(async (group: string, flags: ApiFlags & PageFlags) => {
      const { limit, cursor } = flags;
      const answer = await (await openApi(flags)).call('listRounds', {
        params: { group },
        query: { limit, cursor },
      });
      if (flags.json) return printJson(answer);
      const rows = answer.items.map((round) => [
        round.number,
        round.state,
        `checkpoint ${round.version}`,
        `${round.contributions}/${round.cohort}`,
        round.metrics.contributionNorm ?? null,
        round.metrics.sharedLoss ?? null,
        secondsOf(round),
        localTime(round.openedAt),
      ]);
      const head = ['round', 'state', 'made at', 'contributions', 'norm', 'loss', 'seconds', 'opened'];
      printTable(head, rows, 'No rounds yet.');
      sayNext(answer);
    });
}

function showCommand(): Command {
  return withPageFlags(
    withApiFlags(new Command('show').description('Show a round, its contributions and how it went')),
  )
    .argument('<group>', 'name of the group', readName)
    .argument('<round>', 'number of the round', readInteger(1))
    .addHelpText('after', '\nExample:\n  $ colora rounds show reviews 3')
    .action(async (group: string, number: number, flags: ApiFlags & PageFlags) => {
      const { limit, cursor } = flags;
      const params = { group, round: number };
      const api = await openApi(flags);
      const round = await api.call('showRound', { params, query: { limit, cursor } });
      const isFirst = cursor === undefined;
      const timeline = isFirst
        ? await ifKnown(api.call('showTimeline', { params, query: { limit: 1000 } }))
        : null;
      if (flags.json) return printJson({ ...round, timeline });
      printFacts([
        ['round', round.number],
        ['state', round.state],
        ['made at', `checkpoint ${round.version}`],
        [
          'cohort',
          `${round.cohort}, ${round.wanted} wanted${round.attempt > 1 ? `, attempt ${round.attempt}` : ''}`,
        ],
        ...(round.normLimit === null ? [] : [['takes norms to', round.normLimit] satisfies [string, Cell]]),
        ...(round.masking === null ? [] : [['masked', maskingText(round.masking)] satisfies [string, Cell]]),
        ...(round.reason === null ? [] : [['reason', round.reason] satisfies [string, Cell]]),
        ['opened', localTime(round.openedAt)],
        ['deadline', localTime(round.deadlineAt)],
        ['committed', localTime(round.committedAt)],
        ...metricFacts(round),
        ['missing', missingText(round)],
      ]);
      print();
      const rows = round.contributionList.map((item) => [
        item.participant,
        item.staleness === 0 ? null : `${item.staleness} versions (round ${item.madeFor})`,
        item.weight,
        item.norm,
        item.part === null ? null : item.part === 0 ? 'left out' : item.part,
        byteText(item.bytes),
        localTime(item.receivedAt),
      ]);
      printTable(
        ['participant', 'late', 'weight', 'norm', 'part', 'size', 'received'],
        rows,
        'No contributions yet.',
      );
      sayNext(round);
      if (timeline === null) return;
      print();
      printTable(timelineHeader, timelineRows(timeline), 'Nobody was asked yet.');
      const end = endText(timeline);
      if (end !== null) print(harmlessLine(end));
    });
}

function refusalsCommand(): Command {
  const description = 'Contributions that were refused and why, newest first';
  return withPageFlags(withApiFlags(new Command('refusals').description(description)))
    .argument('<group>', 'name of the group', readName)
    .option('--round <n>', 'only of this round', readInteger(1))
    .addHelpText('after', '\nExample:\n  $ colora rounds refusals reviews --round 3')
    .action(async (group: string, flags: ApiFlags & PageFlags & { round?: number }) => {
      const { limit, cursor, round } = flags;
      const query = { limit, cursor, round, kind: 'contribution-refused' as const };
      const answer = await (await openApi(flags)).call('listEvents', { params: { group }, query });
      if (flags.json) return printJson(answer);
      const rows = answer.items.map(({ at, round, participant, detail }) => [
        localTime(at),
        round,
        participant,
        String(detail.code),
        String(detail.message),
      ]);
      printTable(['when', 'round', 'participant', 'code', 'reason'], rows, 'No contribution was refused.');
      sayNext(answer);
    });
}

function cancelCommand(): Command {
  const description = 'Cancel the live round: it fails, and its contributions are listed as refused';
  return withApiFlags(new Command('cancel').description(description))
    .argument('<group>', 'name of the group', readName)
    .argument('<round>', 'number of the round', readInteger(1))
    .addHelpText('after', '\nExample:\n  $ colora rounds cancel reviews 3')
    .action(async (group: string, round: number, flags: ApiFlags) => {
      const answer = await (await openApi(flags)).call('cancelRound', { params: { group, round } });
      if (flags.json) return printJson(answer);
      print(`round ${answer.number} is ${answer.state}: ${answer.reason ?? 'no reason is known'}`);
    });
}

/** What the figures of a round are called; one that a later coordinator adds keeps its own name, taken apart. */
const metricNames: Readonly<Record<string, string>> = {
  contributions: 'contributions',
  examples: 'examples',
  uploadBytes: 'bytes that came',
  retries: 'retries',
  seconds: 'seconds, whole',
  aggregationSeconds: 'seconds, closing',
  personalLoss: 'loss, personal steps',
  sharedLoss: 'loss, shared or joint steps',
  contributionNorm: 'norm, contributions',
  updateNorm: 'norm, update',
  stepNorm: 'norm, step',
  ruleClipped: 'held back by the rule',
  ruleLeftOut: 'left out by the rule',
  ruleIterations: 'iterations of the rule',
};

function metricFacts({ metrics }: Round): [string, Cell][] {
  return Object.entries(metrics).map(([name, value]) => [metricNames[name] ?? spaced(name), value]);
}

function spaced(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

function maskingText({
  phase,
  members,
  shared,
  sent,
  signed,
  revealed,
  threshold,
}: NonNullable<Round['masking']>): string {
  return `${phase}: of ${members} members ${shared} shared, ${sent} sent, ${signed} signed, ${revealed} revealed; ${threshold} shares rebuild a secret`;
}

function missingText({ missing, missingTotal }: RoundDetail): string {
  if (missingTotal === 0) return 'nobody';
  const more = missingTotal - missing.length;
  return `${missing.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

function secondsOf(round: Round): number | null {
  if (round.committedAt === null) return null;
  return (Date.parse(round.committedAt) - Date.parse(round.openedAt)) / 1000;
}
