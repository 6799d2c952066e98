// The coordinator as one thing to build and to close: database, keys, routes, socket, round keeper.
// What each of them does is in its own folder.
import { randomUUID } from 'node:crypto';
import { openTracing } from '@colora/tracing/open-tracing';
import type { Tracing } from '@colora/tracing/tracing';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import manifest from '../package.json' with { type: 'json' };
import { type AccountLimits, usualLimits } from './account-limits.ts';
import { createAsks } from './asks/asks.ts';
import { createContributionCounter } from './asks/count-contributions.ts';
import { createGroupSizes } from './asks/group-sizes.ts';
import { createGroupWaiting } from './asks/group-waiting.ts';
import { createRoundMarks } from './asks/round-marks.ts';
import { createCopyServer } from './backup/live-copy.ts';
import { createBlobStore } from './blobs/blob-store.ts';
import { readPublicUrl } from './browser/public-url.ts';
import { createPlanCache } from './checkpoints/checkpoint-plan.ts';
import { perform } from './conditions/perform.ts';
import type { LogLevel } from './config.ts';
import type { Context } from './context.ts';
import { builtDashboard, openDashboard } from './dashboard/dashboard-files.ts';
import { closeToOthers } from './database/data-folder/data-folder.ts';
import { createDatabaseWatch } from './database/database-watch.ts';
import { type Database, openDatabase } from './database/open-database.ts';
import { startErrorOf } from './database/unavailable.ts';
import { handlers } from './handlers.ts';
import { type AppOptions, createApp } from './http/app.ts';
import { assertFree, listen } from './http/listen.ts';
import { registerRoutes } from './http/register-routes.ts';
import type { RateLimits } from './http/sender/rate-limits.ts';
import { readTrustProxy } from './http/sender/trust-proxy.ts';
import { ensureAdminKey } from './keys/first-admin-key.ts';
import { createKeyRing } from './keys/key-ring.ts';
import { createReceiptSigner } from './keys/receipt-signer.ts';
import { createSecret } from './keys/secret.ts';
import { closeInTurn } from './load/close-in-turn.ts';
import { createTurns } from './load/turns.ts';
import { createUploadLimits } from './load/upload-limits.ts';
import { createServiceLog } from './log/service-log.ts';
import { createMeters, type Meters } from './meters/meters.ts';
import { tracedStatements } from './meters/traced-statements.ts';
import { addMetrics } from './observe/metrics-route.ts';
import { requestTracing } from './observe/trace-requests.ts';
import { createOidcClient } from './oidc/oidc-client.ts';
import { type GivenOidc, type OidcSettings, readOidc } from './oidc/oidc-settings.ts';
import { createKeyWatch } from './presence/key-watch.ts';
import { createCleaner } from './retention/cleaner.ts';
import { readStorage } from './retention/read-storage.ts';
import { createRoom } from './room/room.ts';
import { type StorageBounds, usualReserveBytes } from './room/storage-bounds.ts';
import { createStorageCount } from './room/storage-count.ts';
import { createRoomWatch } from './room-watch.ts';
import { endLeasesOfTheDead } from './rounds/closing/claim-round.ts';
import { createRoundKeeper, type RoundKeeper } from './rounds/round-keeper.ts';
import type { FanOut } from './socket/fan-out.ts';
import { heardGroups } from './socket/heard-groups.ts';
import { createHints } from './socket/hints.ts';
import { openFanOut } from './socket/open-fan-out.ts';
import { followTls, type GivenTlsFiles, readTls, tlsFilesOf } from './tls/tls-files.ts';

export interface CoordinatorOptions {
  /** A postgres:// address; without it the embedded database in the data folder. */
  readonly databaseUrl?: string | undefined;
  /** A redis:// address: carries hints between coordinators on one Postgres, instead of Postgres itself. */
  readonly redisUrl?: string | undefined;
  readonly dataFolder: string;
  readonly host?: string;
  /** 0: any free one. */
  readonly port?: number;
  /** Admits this key as an admin's instead of making one at first start. */
  readonly adminKey?: string | undefined;
  /** Opens /metrics to who sends it, and nothing else; an operator's key does too. */
  readonly metricsToken?: string | undefined;
  /** A collector of traces (OTLP over HTTP); without it nothing is traced. */
  readonly tracesTo?: string | undefined;
  /** Keeps the first admin key where one is made, before it admits anybody; where it throws, none is made and nothing starts. */
  readonly keepAdminKey?: ((key: string) => void) | undefined;
  /** One of log/service-log.ts, or the level of one that writes to stdout. */
  readonly logger?: Logger | LogLevel;
  /** Memory for recent checkpoints' bytes. */
  readonly cacheBytes?: number;
  /** How many uploads are read at a time; the others wait in their sockets. */
  readonly uploadsAtOnce?: number;
  /** PEM files; plain HTTP without. */
  readonly tls?: GivenTlsFiles | undefined;
  /** The proxies that are believed about where requests come from, with commas between; none without. */
  readonly trustProxy?: string | undefined;
  /** How often addresses and keys may ask. */
  readonly rates?: RateLimits;
  /** What differs from the usual ones. */
  readonly limits?: Partial<AccountLimits>;
  /** How much the database may take; what its disk has, less the usual reserve, without. */
  readonly storage?: StorageBounds;
  /** Where browsers reach it, where that is by a name over HTTP or through a proxy that changes the Host header. */
  readonly publicUrl?: string | undefined;
  /** By whom people may sign in; by nobody without an issuer. */
  readonly oidc?: GivenOidc;
  /** With the dashboard's built files. */
  readonly dashboardFolder?: string;
}

export interface Coordinator {
  readonly url: string;
  /** One made by this start, since there was none. Not to be had again. */
  readonly adminKey: string | undefined;
  readonly database: Database['kind'];
  /** Ends what is under way and gives up port, socket and database, in less than half a minute. Never rejects. */
  close(): Promise<void>;
}

const defaultCacheBytes = 64 * 1024 * 1024;
const defaultUploadsAtOnce = 16;
/** What an upload under way is given to end when the coordinator closes. */
const drainMs = 10_000;
/** And each of the other parts: all of them together are done before a container's thirty seconds are over. */
const partMs = 6_000;

/** Starts a coordinator. Throws StartError, which says what to mend. */
export async function buildCoordinator(options: CoordinatorOptions): Promise<Coordinator> {
  const { host = '127.0.0.1', port = 7070 } = options;
  const log = makeLogger(options.logger);
  const tlsFiles = tlsFilesOf(options.tls);
  const tls = tlsFiles && readTls(tlsFiles);
  const trustProxy = readTrustProxy(options.trustProxy);
  const publicUrl = readPublicUrl(options.publicUrl);
  const oidc = readOidc(options.oidc ?? {}, publicUrl);
  await assertFree(host, port);
  const meters = createMeters();
  const tracing = await openTracing({
    ...{ endpoint: options.tracesTo, service: 'colora-coordinator', version: manifest.version },
  });
  const aroundStatement = tracedStatements(meters.aroundStatement, tracing);
  const database = await openDatabase({ ...options, aroundStatement }).catch(async (error: unknown) => {
    meters.close();
    await tracing.close();
    throw error;
  });
  if (database.kind === 'pglite') closeToOthers(options.dataFolder, log);
  const keeper = createRoundKeeper();
  const cleaner = createCleaner(database.vacuum);
  const roomWatch = createRoomWatch();
  const keyWatch = createKeyWatch();
  const copies = createCopyServer(options.dataFolder, database.alone, log);
  const line = {
    ...{ tls, trustProxy, publicUrl },
    instrument: await requestTracing(tracing),
    dashboard: openDashboard(options.dashboardFolder ?? builtDashboard, log),
    ...(options.rates && { rates: options.rates }),
  };
  const fanOut = await openFanOut({ ...options, log });
  const parts = { database, keeper, log, meters, tracing, oidc, fanOut };
  const { app, context } = assemble(parts, options, line);
  const unfollow = tlsFiles === undefined ? () => undefined : followTls(app.server, tlsFiles, log);
  const close = closer(
    app,
    context,
    [
      keeper,
      cleaner,
      roomWatch,
      copies,
      keyWatch,
      context.marks,
      { stop: async () => unfollow() },
      { stop: async () => meters.close() },
    ],
    database,
  );
  try {
    if (database.kind === 'pglite') await endLeasesOfTheDead(context);
    const adminKey = await ensureAdminKey(database.client, log, options);
    const { publicKey } = await context.receiptSigner();
    const url = await listen(app, host, port);
    context.watch.start();
    keeper.start(context);
    cleaner.start(context);
    roomWatch.start(context);
    copies.start();
    keyWatch.start(context);
    context.marks.start((error) => {
      if (!context.watch.note(error)) log.warn({ err: error }, 'could not note how far members are');
    });
    log.info(
      { url, database: database.kind, migrations: database.applied.length, receiptsSignedBy: publicKey },
      'coordinator is up',
    );
    return { url, adminKey, database: database.kind, close };
  } catch (error) {
    await close();
    throw startErrorOf(error);
  }
}

interface Parts {
  readonly database: Database;
  readonly keeper: RoundKeeper;
  readonly log: Logger;
  readonly meters: Meters;
  readonly tracing: Tracing;
  readonly oidc: OidcSettings | null;
  readonly fanOut: FanOut | null;
}

function assemble(
  { database, keeper, log, meters, tracing, oidc, fanOut }: Parts,
  options: CoordinatorOptions,
  line: Pick<AppOptions, 'tls' | 'trustProxy' | 'rates' | 'publicUrl' | 'dashboard' | 'instrument'>,
) {
  const watch = createDatabaseWatch(database.probe, log);
  const { app, rates, ownSite } = createApp(log, watch, manifest.version, line);
  const certified = line.tls?.ca !== undefined;
  const db = database.client;
  const blobs = createBlobStore(db, database.chunks, options.cacheBytes ?? defaultCacheBytes);
  const turns = createTurns();
  const { usage, kind: databaseKind } = database;
  const bounds = options.storage ?? { limitBytes: null, reserveBytes: usualReserveBytes };
  const room = createRoom({ db, usage, bounds });
  const limits = { ...usualLimits, ...options.limits };
  const keys = createKeyRing(db, turns, { idleHours: limits.sessionIdleHours });
  const context: Context = {
    db,
    asks: createAsks(db),
    databaseKind,
    room,
    storage: createStorageCount(() => readStorage({ db, databaseKind, room, usage })),
    watch,
    blobs,
    plans: createPlanCache(blobs),
    turns,
    uploads: createUploadLimits(options.uploadsAtOnce ?? defaultUploadsAtOnce),
    contributions: createContributionCounter(db),
    keys,
    receiptSigner: createReceiptSigner(db),
    secret: createSecret(db),
    oidc: oidc && createOidcClient(oidc),
    limits,
    hints: createHints({
      server: app.server,
      keys,
      groupsOf: (holder) => heardGroups(db, holder),
      ownSite,
      certified,
      fanOut,
    }),
    sizes: createGroupSizes(db),
    waiting: createGroupWaiting(db),
    marks: createRoundMarks(db),
    meters,
    tracing,
    log,
    instance: randomUUID(),
    version: manifest.version,
    nudge: keeper.nudge,
    nudgeSoon: keeper.nudgeSoon,
  };
  app.after(() => {
    registerRoutes(app, context, handlers, { rates, ownSite, certified, perform });
    addMetrics(app, context, { rates, token: options.metricsToken });
  });
  return { app, context };
}

/** Closing twice is closing once. Uploads under way first, then rounds, then the doors, then the database. */
function closer(
  app: FastifyInstance,
  context: Context,
  workers: readonly { stop(): Promise<void> }[],
  database: Database,
) {
  const parts = [
    { name: 'rounds', end: () => Promise.all(workers.map((worker) => worker.stop())) },
    // side by side: Socket.IO waits for every connection, also one that says nothing, and Fastify breaks them
    { name: 'connections', end: () => Promise.all([context.hints.close(), app.close()]) },
    {
      name: 'database',
      end() {
        context.watch.stop();
        return database.close();
      },
    },
    { name: 'traces', end: () => context.tracing.close() },
  ];
  let closing: Promise<void> | undefined;
  return () => {
    closing ??= context.uploads.drain(drainMs).then(() => closeInTurn(parts, partMs, context.log));
    return closing;
  };
}

function makeLogger(given: CoordinatorOptions['logger'] = 'info'): Logger {
  return typeof given === 'string' ? createServiceLog({ level: given }) : given;
}
