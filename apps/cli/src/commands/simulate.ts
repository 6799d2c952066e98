// `colora simulate`: rounds, waiting times and load of a service with many people, by simulation from measured costs. What
// is simulated is in ../simulate/.
import { Command, Option } from 'commander';
import { withOptionsLater } from '../flags/load-options.ts';
import { readInteger, readNumber } from '../flags/option-values.ts';
import { defaultPeople } from '../simulate/people.ts';
import type { SimulateFlags } from '../simulate/simulation-input.ts';
import type { Summary } from '../simulate/summary.ts';
import { print, printFacts, printJson } from '../terminal/output.ts';

const most = 10_000_000;

export function simulateCommand(): Command {
  const command = new Command('simulate')
    .description('Simulate the rounds and the load of a service with many people, from measured costs')
    .option('--participants <n>', 'people who have joined', readInteger(1, most), 10_000)
    .option('--rounds <n>', 'rounds to go through', readInteger(1, 1_000_000), 50)
    .option(
      '--cohort <n>',
      'contributions that make a round (default: 100, or half of those online where they are fewer than 200)',
      readInteger(1, 100_000),
    )
    .option('--over-selection <x>', 'asks so many times more (synchronous)', readNumber, 1.3)
    .option(
      '--max-staleness <n>',
      'versions a contribution may be behind (buffered)',
      readInteger(0, 1000),
      20,
    )
    .option('--megabytes <n>', 'a contribution on the wire', readNumber, 1.2)
    .option('--checkpoint-megabytes <n>', 'a checkpoint on the wire (default: as a contribution)', readNumber)
    .option(
      '--training-seconds <n>',
      'median of a round’s training',
      readNumber,
      defaultPeople.trainingSeconds.median,
    )
    .option('--online-share <x>', 'share of the people who are online', readNumber, defaultPeople.onlineShare)
    .option('--dropout <x>', 'share of those asked who never answer', readNumber, defaultPeople.dropout)
    .option(
      '--session-minutes <n>',
      'mean time until one goes offline',
      readNumber,
      defaultPeople.sessionMinutes,
    )
    .option('--people <file>', 'measured people: a JSON object a line with trainingSeconds, upMbps, downMbps')
    .option('--coordinators <n>', 'coordinators on the database', readInteger(1, 1000), 1)
    .option('--database-cores <n>', 'processors of the database', readInteger(1, 1000), 2)
    .option('--line-mbps <n>', 'the service’s line, each way', readNumber, 1000)
    .option('--seed <n>', 'seeds it all', readInteger(0), 0)
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExample:\n  $ colora simulate --participants 100000 --cohort 1000 --coordinators 2',
    )
    .action(simulate);
  return withOptionsLater(command, async () => {
    const { roundsFields } = await import('@colora/protocol/rounds-settings');
    const modes = [...roundsFields.mode.unwrap().options, 'both'];
    command
      .addOption(new Option('--mode <mode>', 'how rounds are made').choices(modes).default('both'))
      .option(
        '--deadline <seconds>',
        'of a round',
        readNumber,
        roundsFields.deadlineSeconds.parse(undefined),
      );
  });
}

async function simulate(flags: SimulateFlags & { readonly json?: boolean }): Promise<void> {
  const { readInputs } = await import('../simulate/simulation-input.ts');
  const { simulateBuffered } = await import('../simulate/simulate-buffered.ts');
  const { simulateSynchronous } = await import('../simulate/simulate-synchronous.ts');
  const { summarise } = await import('../simulate/summary.ts');
  const summaries = (await readInputs(flags)).map((input) => {
    const { mode } = input.rounds;
    const run = mode === 'synchronous' ? simulateSynchronous : simulateBuffered;
    return { mode, ...summarise(input, run(input)) };
  });
  if (flags.json) {
    printJson({ participants: flags.participants, seed: flags.seed, simulations: summaries });
    return;
  }
  for (const [index, summary] of summaries.entries()) {
    if (index > 0) print();
    printFacts([['mode', summary.mode], ...factsOf(summary, flags)]);
  }
}

function factsOf(summary: Summary, flags: SimulateFlags) {
  const { roundSeconds, idle } = summary;
  const percent = (share: number) => `${(share * 100).toFixed(1)} %`;
  const short = (value: number) => Number(value.toPrecision(3));
  return [
    [
      'rounds',
      summary.rounds < flags.rounds ? `${summary.rounds}, then one failed for good` : summary.rounds,
    ],
    ['rounds an hour', short(summary.roundsPerHour)],
    [
      'seconds a round (50, 90, 99 %)',
      [roundSeconds.p50, roundSeconds.p90, roundSeconds.p99].map(short).join(', '),
    ],
    ['contributions a round', short(summary.contributionsPerRound)],
    ['mean staleness', short(summary.meanStaleness)],
    ['asked and never heard of again', percent(summary.droppedOutShare)],
    ['training in vain', percent(summary.wastedTrainingShare)],
    ['MB up, down a round', `${short(summary.megabytesUpPerRound)}, ${short(summary.megabytesDownPerRound)}`],
    [
      'processor seconds a round',
      `${short(summary.coordinatorSecondsPerRound)} coordinator, ${short(summary.databaseSecondsPerRound)} database`,
    ],
    [
      'database writes a round',
      `${short(summary.rowsPerRound)} rows, ${short(summary.megabytesWrittenPerRound)} MB`,
    ],
    ['online', summary.online],
    [
      'of those idle',
      `${short(idle.pollsPerSecond)} polls/s, ${short(idle.presenceWritesPerSecond)} writes/s, ${short(idle.megabitsPerSecond)} Mbit/s, ${short(idle.socketMemoryMB)} MB`,
    ],
    [
      'processors in use',
      `${short(summary.coordinatorCores)} coordinator, ${short(summary.databaseCores)} database`,
    ],
    ['disk in use', percent(summary.diskShare)],
    ['coordinators needed', summary.coordinatorsNeeded],
  ] as const;
}
