// Rounds per second of a real coordinator whose clients only echo: they send the same update each round.
// Beside it the same bytes put to a bare HTTP server that hashes and drops them: what the wire costs.
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { buildCoordinator } from '@colora/coordinator/coordinator';
import { type ApiClient, createApiClient } from '@colora/protocol/api-client';
import { encodeContributionMetadata } from '@colora/protocol/contribution';
import { encode } from '@colora/tensors/safetensors';
import type { TensorMap } from '@colora/tensors/tensor';
import { type Implementation, measure, type Result, report } from './report.ts';

const roundsPerRun = 3;
const adminKey = `colora_a_${randomBytes(32).toString('base64url')}`;
const sizes = [
  { clients: 8, megabytes: 0.17 },
  { clients: 32, megabytes: 0.17 },
  { clients: 8, megabytes: 1.2 },
];

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

function randomTensors(megabytes: number): TensorMap {
  const count = Math.round((megabytes * 1e6) / 4 / 4);
  const tensor = () => ({
    shape: [count],
    data: Float32Array.from(randomBytes(count), (byte) => byte / 255 - 0.5),
  });
  return new Map(['a', 'b', 'c', 'd'].map((name) => [name, tensor()]));
}

interface Echo {
  readonly group: string;
  readonly api: ApiClient;
  round: number;
}

/** One echo client's share of a round: wait for the assignment, send, be acknowledged. */
async function contribute(echo: Echo, tensors: TensorMap): Promise<void> {
  for (;;) {
    const { group } = echo;
    const { round } = await echo.api.call('getAssignment', { params: { group } });
    if (round === null || round.contributed || round.number <= echo.round) {
      await sleep(20 + Math.random() * 20);
      continue;
    }
    const { number, version } = round;
    const metadata = encodeContributionMetadata({ kind: 'delta', version, round: number, examples: 1 });
    const bytes = encode(tensors, { metadata });
    const call = { params: { group, round: number }, bytes, sha256: sha256(bytes) };
    await echo.api.call('putContribution', call);
    echo.round = number;
    return;
  }
}

async function coordinatorRun(clients: number, tensors: TensorMap, databaseUrl?: string) {
  const group = `echo-${randomBytes(4).toString('hex')}`; // a Postgres may hold those of earlier runs
  const folder = await mkdtemp(join(tmpdir(), 'colora-bench-'));
  const coordinator = await buildCoordinator({
    dataFolder: folder,
    port: 0,
    logger: 'silent',
    databaseUrl,
    adminKey,
  });
  const admin = createApiClient(coordinator.url, () => adminKey);
  const settings = {
    baseModel: { name: 'echo', modelType: 'echo', fingerprint: '0'.repeat(64) },
    task: { kind: 'classification' as const, labels: ['a', 'b'] },
    rounds: { count: 1_000_000, participants: clients, quorum: clients },
  };
  await admin.call('createGroup', { body: { name: group, access: 'open', settings } });
  const start = encode(tensors);
  await admin.call('putInitialCheckpoint', {
    params: { group },
    bytes: start,
    sha256: sha256(start),
  });
  const echoes = await Promise.all(
    Array.from({ length: clients }, async (): Promise<Echo> => {
      const { key } = await createApiClient(coordinator.url, () => null).call('joinGroup', {
        params: { group },
        body: {},
      });
      return { group, api: createApiClient(coordinator.url, () => key), round: 0 };
    }),
  );
  await admin.call('startGroup', { params: { group } });
  return {
    async rounds() {
      for (let round = 0; round < roundsPerRun; round += 1) {
        await Promise.all(echoes.map((echo) => contribute(echo, tensors)));
      }
    },
    async close() {
      await coordinator.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function bareServer(clients: number, tensors: TensorMap) {
  const server = createServer((request, response) => {
    const hash = createHash('sha256');
    request.on('data', (chunk: Buffer) => hash.update(chunk));
    request.on('end', () => response.end(hash.digest('hex')));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const body = encode(tensors) as Uint8Array<ArrayBuffer>;
  return {
    async rounds() {
      for (let round = 0; round < roundsPerRun; round += 1) {
        await Promise.all(
          Array.from({ length: clients }, async () => (await fetch(url, { method: 'PUT', body })).text()),
        );
      }
    },
    async close() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

const results: Result[] = [];
const postgres = process.env.COLORA_BENCH_POSTGRES;
for (const { clients, megabytes } of sizes) {
  const tensors = randomTensors(megabytes);
  const name = `${clients} clients x ${megabytes} MB`;
  const bare = await bareServer(clients, tensors);
  const embedded = await coordinatorRun(clients, tensors);
  const implementations: Implementation[] = [
    { name: 'bare-http', run: bare.rounds },
    { name: 'coordinator-pglite', run: embedded.rounds },
  ];
  const real = postgres === undefined ? undefined : await coordinatorRun(clients, tensors, postgres);
  if (real !== undefined) implementations.push({ name: 'coordinator-postgres', run: real.rounds });
  else {
    results.push({
      case: name,
      implementation: 'coordinator-postgres',
      skipped: 'COLORA_BENCH_POSTGRES names none',
    });
  }
  const figure = (seconds: number) => roundsPerRun / seconds;
  results.push(...(await measure(implementations, { case: name, unit: 'rounds/s', figure, repeats: 3 })));
  await Promise.all([bare.close(), embedded.close(), real?.close()]);
}
report(results, 'bare-http');
process.exit(0);
