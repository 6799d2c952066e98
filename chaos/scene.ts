// The stage of a run: Postgres, coordinators with a proxy before and behind each, crews of light clients, groups
// and keys. Builds it and takes it down; what is done to it is in faults/.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ApiClient, createApiClient } from '@colora/protocol/api-client';
import { freePort } from '../test/support/free-port.ts';
import { initialCheckpoint } from './clients/content.ts';
import type { CrewPlan } from './clients/crew.ts';
import type { MaskedPlan } from './clients/masked-crew.ts';
import { type ChaosGroup, chaosGroups, settingsOf } from './groups.ts';
import type { ChaosOptions } from './options.ts';
import { type CoordinatorProcess, coordinatorProcess } from './system/coordinator-process.ts';
import { type Crew, crewProcess } from './system/crew-process.ts';
import { type Postgres, startPostgres } from './system/postgres.ts';
import { openProxy, type TcpProxy } from './system/tcp-proxy.ts';

export interface CoordinatorOnStage {
  readonly process: CoordinatorProcess;
  /** Between the clients and it. */
  readonly door: TcpProxy;
  /** Between it and Postgres. */
  readonly database: TcpProxy;
}

export interface Scene {
  readonly postgres: Postgres;
  readonly coordinators: readonly CoordinatorOnStage[];
  readonly crews: readonly Crew[];
  /** At work as long as the faults last; null where there is nobody. */
  readonly hostile: Crew | null;
  readonly groups: readonly ChaosGroup[];
  /** Where the clients' ledgers lie. */
  readonly ledgers: string;
  /** The admin, at another coordinator each time, past the proxies. */
  readonly admin: () => ApiClient;
  /** Worth telling, no violation. */
  readonly notes: string[];
  close(): Promise<void>;
}

const adminKey = 'colora_a_for-chaos-runs-only-0123456789';
const crewCount = 2;

/** What has been started is ended again when the rest cannot be, or the run is told to stop. */
export async function openScene(
  options: ChaosOptions,
  folder: string,
  environment: NodeJS.ProcessEnv,
): Promise<Scene> {
  const started: (() => Promise<unknown>)[] = [];
  const close = async () => {
    for (const end of started.splice(0).reverse()) await end();
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void close().finally(() => process.exit(130)));
  }
  try {
    return { ...(await buildScene(options, folder, environment, started)), notes: [], close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function buildScene(
  options: ChaosOptions,
  folder: string,
  environment: NodeJS.ProcessEnv,
  started: (() => Promise<unknown>)[],
): Promise<Omit<Scene, 'notes' | 'close'>> {
  const postgres = await startPostgres(folder, environment.PATH ?? '');
  started.push(postgres.stop);
  const coordinators: CoordinatorOnStage[] = [];
  for (let index = 0; index < options.coordinators; index += 1) {
    const { process, door, database } = await openCoordinator(index, postgres, folder, environment);
    coordinators.push({ process, door, database });
    started.push(door.close, database.close, process.kill);
  }
  for (const { process } of coordinators) {
    process.start();
    await until(`${process.name} is up`, () => process.isUp());
  }
  const ports = coordinators.map(({ process }) => process.port);
  let asked = 0;
  const admin = () =>
    createApiClient(`http://127.0.0.1:${ports[asked++ % ports.length]}`, () => adminKey, {
      timeoutSeconds: 10,
    });
  const groups = chaosGroups(options.minutes, options.clients);
  await makeGroups(admin, groups, options.seed);
  const ledgers = join(folder, 'ledgers');
  await mkdir(ledgers);
  const urls = coordinators.map(({ door }) => `http://127.0.0.1:${door.port}`);
  const crews = await openCrews(
    admin,
    { seed: options.seed, urls, folder: ledgers, groups },
    options,
    folder,
  );
  crews.push(await openMaskedCrew(admin, { seed: options.seed, urls, folder: ledgers, groups }, folder));
  started.push(...crews.map(({ kill }) => kill));
  const hostile = await openHostile(admin, { urls, groups }, options, folder);
  if (hostile !== null) started.push(hostile.kill);
  return { postgres, coordinators, crews, hostile, groups, ledgers, admin };
}

async function openCoordinator(
  index: number,
  postgres: Postgres,
  folder: string,
  environment: NodeJS.ProcessEnv,
): Promise<CoordinatorOnStage> {
  const name = `coordinator-${index + 1}`;
  const database = await openProxy(postgres.port);
  const port = await freePort();
  const door = await openProxy(port);
  const process = coordinatorProcess({
    name,
    port,
    logPath: join(folder, `${name}.log`),
    environment: {
      ...environment,
      DATABASE_URL: `postgres://postgres@127.0.0.1:${database.port}/postgres`,
      COLORA_ADMIN_KEY: adminKey,
    },
  });
  return { process, door, database };
}

async function makeGroups(
  admin: () => ApiClient,
  groups: readonly ChaosGroup[],
  seed: number,
): Promise<void> {
  for (const group of groups) {
    const params = { group: group.name };
    const { bytes, sha256 } = initialCheckpoint(seed, group.name, group.form.shapes);
    await admin().call('createGroup', {
      body: { name: group.name, access: 'open', settings: settingsOf(group) },
    });
    await admin().call('putInitialCheckpoint', { params, bytes, sha256 });
    await admin().call('startGroup', { params });
  }
}

/** Members of every group, and a group that strangers may enrol in. */
async function openHostile(
  admin: () => ApiClient,
  common: { readonly urls: CrewPlan['urls']; readonly groups: readonly ChaosGroup[] },
  { hostile, seed }: ChaosOptions,
  folder: string,
): Promise<Crew | null> {
  if (hostile === 0) return null;
  const lobby = 'lobby';
  const { bytes, sha256 } = initialCheckpoint(seed, lobby, common.groups[0]!.form.shapes);
  const settings = { ...settingsOf(common.groups[0]!), rounds: { participants: 100_000 } };
  await admin().call('createGroup', { body: { name: lobby, access: 'open', settings } });
  await admin().call('putInitialCheckpoint', { params: { group: lobby }, bytes, sha256 });
  const clients = await makeMembers(admin, 'hostile', hostile, common.groups);
  const path = join(folder, 'hostile.json');
  await writeFile(path, JSON.stringify({ ...common, clients, lobby }));
  return crewProcess('hostile', path, join(folder, 'hostile.log'), 'hostile');
}

/** Members of every group, by keys of their own. */
async function makeMembers(
  admin: () => ApiClient,
  kind: string,
  count: number,
  groups: CrewPlan['groups'],
): Promise<CrewPlan['clients']> {
  const clients: { name: string; key: string }[] = [];
  for (let index = 0; index < count; index += 1) {
    const name = `${kind}-${index + 1}`;
    const { key } = await admin().call('createKey', { body: { role: 'participant', name } });
    const api = createApiClient(admin().url, () => key);
    for (const { name: group } of groups) await api.call('joinGroup', { params: { group }, body: {} });
    clients.push({ name, key });
  }
  return clients;
}

/** Makes the clients members and divides them among the crews. */
async function openCrews(
  admin: () => ApiClient,
  common: Common,
  { clients: count }: ChaosOptions,
  folder: string,
): Promise<Crew[]> {
  const plain = common.groups.filter(({ isMasked }) => !isMasked);
  const clients = await makeMembers(admin, 'client', count, plain);
  return Promise.all(
    Array.from({ length: crewCount }, async (_, index) => {
      const plan: CrewPlan = {
        ...common,
        groups: plain,
        clients: clients.filter((_, at) => at % crewCount === index),
      };
      const path = join(folder, `crew-${index + 1}.json`);
      await writeFile(path, JSON.stringify(plan));
      return crewProcess(`crew-${index + 1}`, path, join(folder, `crew-${index + 1}.log`));
    }),
  );
}

type Common = Omit<CrewPlan, 'clients' | 'groups'> & { readonly groups: readonly ChaosGroup[] };

const maskedMembers = 6;

/** Their keys of API alone are made here: whom they sign as is their own. */
async function openMaskedCrew(
  admin: () => ApiClient,
  { groups, ...common }: Common,
  folder: string,
): Promise<Crew> {
  const { name: group, form, thinkSeconds } = groups.find(({ isMasked }) => isMasked)!;
  const clients = await makeMembers(admin, 'masked', maskedMembers, []);
  const secrets = join(folder, 'secrets');
  await mkdir(secrets);
  const plan: MaskedPlan = { ...common, secrets, clients, group, form, thinkSeconds };
  const path = join(folder, 'masked-crew.json');
  await writeFile(path, JSON.stringify(plan));
  return crewProcess('masked-crew', path, join(folder, 'masked-crew.log'), 'masked');
}

export async function until(what: string, satisfied: () => boolean, seconds = 240): Promise<void> {
  for (let tries = 0; tries < seconds * 10; tries += 1) {
    if (satisfied()) return;
    await sleep(100);
  }
  throw new Error(`waited in vain until ${what}`);
}
