// A run on one page:
//
//   set the scene -> strike by schedule, checking now and then -> let it go on by itself -> stop -> check all
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ClientLedger } from './check/check-ledgers.ts';
import { type Findings, findViolations } from './check/find-violations.ts';
import { type Query, QueryFailed } from './check/record.ts';
import { readLedger } from './clients/ledger.ts';
import { type Fault, planFaults } from './faults/plan-faults.ts';
import { strike } from './faults/strike.ts';
import type { ChaosOptions } from './options.ts';
import { openScene, type Scene } from './scene.ts';

export interface ChaosReport {
  /** Those that came to be struck. */
  readonly faults: readonly Fault[];
  readonly violations: readonly string[];
  readonly notes: readonly string[];
  readonly last: Findings;
  readonly ledgers: readonly ClientLedger[];
}

export interface ChaosRun {
  readonly options: ChaosOptions;
  /** Empty; holds databases, logs and ledgers. */
  readonly folder: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly say: (line: string) => void;
}

const checkEverySeconds = 45;
/** After the last fault, until every group has gone on and the one that ends has ended. */
const patienceSeconds = 240;

export async function runChaos({ options, folder, environment, say }: ChaosRun): Promise<ChaosReport> {
  const scene = await openScene(options, folder, environment);
  const violations = new Set<string>();
  const checks = checkNowAndThen(scene, options.seed, violations, say);
  try {
    const { coordinators, crews, groups } = scene;
    const counts = {
      coordinator: coordinators.length,
      crew: crews.length,
      postgres: 1,
      group: groups.length,
    };
    const seconds = options.minutes * 60;
    const faults = planFaults(options.seed, { seconds, counts });
    for (const crew of crews) crew.start();
    scene.hostile?.start();
    say(
      `${faults.length} faults planned for ${seconds} s on ${coordinators.length} coordinators, ${options.clients} clients, ${options.hostile} hostile`,
    );
    const struck = await strike(scene, faults, seconds, say);
    await scene.hostile?.kill();
    await checks.stop();
    for (const wrong of await settle(scene, say)) violations.add(wrong);
    for (const crew of crews) await finishCrew(crew, violations);
    const ledgers = readLedgers(scene);
    const last = await check(scene, options.seed);
    for (const wrong of last.violations) violations.add(wrong);
    for (const { process } of coordinators) for (const death of process.ownDeaths) violations.add(death);
    return { faults: struck, violations: [...violations], notes: scene.notes, last, ledgers };
  } finally {
    await checks.stop();
    await scene.close();
  }
}

function checkNowAndThen(scene: Scene, seed: number, violations: Set<string>, say: (line: string) => void) {
  const known = new Set<string>();
  let timer: NodeJS.Timeout;
  let stopped = false;
  let checking: Promise<void> = Promise.resolve();
  const look = async () => {
    const findings = await check(scene, seed, known).catch(() => null); // Postgres is down just now
    for (const wrong of findings?.violations ?? []) violations.add(wrong);
    if (findings !== null) say(`checked: ${progressOf(findings)}, ${violations.size} violations`);
  };
  const plan = () => {
    if (stopped) return;
    timer = setTimeout(() => {
      checking = look().finally(plan);
    }, checkEverySeconds * 1000);
  };
  plan();
  return {
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await checking;
    },
  };
}

/** Everything works again: every group must commit two more rounds, and the one that ends must end. */
async function settle(scene: Scene, say: (line: string) => void): Promise<string[]> {
  const start = await progress(scene);
  say(`faults are over: ${JSON.stringify(Object.fromEntries(start))}`);
  for (let second = 0; second < patienceSeconds; second += 1) {
    const now = await progress(scene);
    const waiting = scene.groups.filter(({ name, ends, settings }) =>
      ends ? now.get(name)! < settings.rounds!.count! : now.get(name)! < start.get(name)! + 2,
    );
    if (waiting.length === 0) return [];
    if (second === patienceSeconds - 1)
      return waiting.map(({ name }) => `${name} does not go on: at ${now.get(name)}`);
    await sleep(1000);
  }
  return [];
}

async function progress({ postgres }: Scene): Promise<Map<string, number>> {
  const client = await postgres.connect();
  try {
    const sql = `SELECT "name", "committedRounds" FROM "TaskGroup" ORDER BY "name"`;
    const { rows } = await client.query<{ name: string; committedRounds: number }>(sql);
    return new Map(rows.map(({ name, committedRounds }) => [name, committedRounds]));
  } finally {
    await client.end();
  }
}

async function finishCrew(crew: Scene['crews'][number], violations: Set<string>): Promise<void> {
  const status = await crew.finish();
  if (status !== 0) violations.add(`${crew.name} ended with ${status}: see its log`);
}

export function readLedgers({ ledgers }: Pick<Scene, 'ledgers'>): ClientLedger[] {
  return readdirSync(ledgers).map((file) => ({
    client: file.split('@')[0]!,
    entries: readLedger(join(ledgers, file)),
  }));
}

/** One snapshot of the database, read past the proxies. */
async function check(scene: Scene, seed: number, known = new Set<string>()): Promise<Findings> {
  const client = await scene.postgres.connect();
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const query: Query = async <Row>(sql: string, values: readonly unknown[] = []) => {
      const { rows } = await client.query(sql, [...values]).catch((error: Error) => {
        throw new QueryFailed(error.message);
      });
      return rows as Row[];
    };
    const { shapes } = scene.groups.find(({ isMasked }) => isMasked)!.form;
    return await findViolations(query, () => readLedgers(scene), { known, masked: { seed, shapes } });
  } finally {
    await client.end().catch(() => undefined);
  }
}

function progressOf({ records }: Findings): string {
  return records.groups.map(({ name, committedRounds }) => `${name} ${committedRounds}`).join(', ');
}
