// `npm run bench:coordinator`: rounds of a real coordinator on a real Postgres, whose clients only echo. What a case is
// stands in echo-case.ts, how it is run in run-case.ts, Flower beside it in flower-peer.ts.
import { type Result, report } from '../report.ts';
import { openPostgresServer, type PostgresServer } from '../service/postgres-server.ts';
import { type CaseFigures, type EchoCase, nameOf } from './echo-case.ts';
import { type Flags, readFlags, usage } from './flags.ts';
import { findFlower, type Peer, runFlower } from './flower-peer.ts';
import { runCase } from './run-case.ts';

const flags = readOrExplain();
const results: Result[] = [];
const postgres = await openPostgresServer();
try {
  for (const wanted of flags.cases) told(await runColora(postgres, wanted));
  for (const wanted of flags.cases.filter(isFirstOfItsName)) {
    for (const peer of flags.peers) told(await runPeer(peer, wanted));
  }
} finally {
  await postgres.close();
}
report(results, flags.peers.length === 0 ? 'colora-f32' : 'flower-superlink');

/** Some cases take minutes. */
function told(result: Result): void {
  results.push(result);
  const figure = 'skipped' in result ? result.skipped : `${result.median} ${result.unit}`;
  console.error(`${result.case}, ${result.implementation}: ${figure}`);
}

function readOrExplain(): Flags {
  try {
    return readFlags(process.argv.slice(2));
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${usage}`);
    process.exit(2);
  }
}

/** About as many as move 1 GB, at least 3 and at most 20. */
function suitableRounds({ clients, megabytes }: EchoCase): number {
  return Math.max(3, Math.min(20, Math.round(1000 / (clients * megabytes))));
}

/** Peers know one encoding. */
function isFirstOfItsName(wanted: EchoCase, index: number, all: readonly EchoCase[]): boolean {
  return all.findIndex((other) => nameOf(other) === nameOf(wanted)) === index;
}

async function runColora(server: PostgresServer, wanted: EchoCase): Promise<Result> {
  const figures = await runCase(server, wanted, flags.rounds ?? suitableRounds(wanted));
  const wire = wanted.upload === wanted.download ? wanted.upload : `${wanted.upload}/${wanted.download}`;
  return toResult(wanted, `colora-${wanted.masked ? 'masked' : wire}`, figures);
}

/** Few rounds: a peer's take long, and are alike. */
async function runPeer(peer: Peer, wanted: EchoCase): Promise<Result> {
  const implementation = peer === 'superlink' ? 'flower-superlink' : 'flower-in-memory-grpc';
  const flower = findFlower();
  if ('skipped' in flower) return { case: nameOf(wanted), implementation, skipped: flower.skipped };
  try {
    return toResult(
      wanted,
      implementation,
      await runFlower(peer, flower.python, wanted, flags.peerRounds * (peer === 'grpc' ? 5 : 1)),
    );
  } catch (error) {
    return { case: nameOf(wanted), implementation, skipped: `failed: ${error}` };
  }
}

function toResult(wanted: EchoCase, implementation: string, all: CaseFigures): Result {
  const { roundsPerSecond, 'server peak MB': peak, ...figures } = all;
  return {
    case: nameOf(wanted),
    implementation,
    median: Number(roundsPerSecond.toPrecision(4)),
    unit: 'rounds/s',
    peakMemoryMB: peak === null ? null : Math.round(peak),
    figures,
  };
}
