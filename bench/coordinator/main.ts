// `npm run bench:coordinator`: rounds of a real coordinator on a real Postgres, whose clients only echo. What a case is
// stands in flags.ts, how it is run in run-case.ts, Flower beside it in flower-peer.ts.
import { type Result, report } from '../report.ts';
import { openPostgresServer } from '../service/postgres-server.ts';
import { type EchoCase, nameOf, readFlags, usage } from './flags.ts';
import { runCase } from './run-case.ts';

/** About as many as move 1 GB, at least 3 and at most 20. */
function suitableRounds({ clients, megabytes }: EchoCase): number {
  return Math.max(3, Math.min(20, Math.round(1000 / (clients * megabytes))));
}

const flags = (() => {
  try {
    return readFlags(process.argv.slice(2));
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${usage}`);
    process.exit(2);
  }
})();
const results: Result[] = [];
const postgres = await openPostgresServer();
try {
  for (const wanted of flags.cases) {
    const { roundsPerSecond, ...figures } = await runCase(
      postgres,
      wanted,
      flags.rounds ?? suitableRounds(wanted),
    );
    results.push({
      case: nameOf(wanted),
      implementation: `colora-${wanted.upload}`,
      median: Number(roundsPerSecond.toPrecision(4)),
      unit: 'rounds/s',
      peakMemoryMB:
        figures['coordinator peak MB'] === null ? null : Math.round(figures['coordinator peak MB']),
      figures,
    });
  }
} finally {
  await postgres.close();
}
report(results, 'flower-superlink');
