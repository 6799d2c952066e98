// For tests: one of several coordinators on an open database, without its server: the use cases are called directly.
// No tests here.
import { createServer } from 'node:http';
import { noTracing } from '@colora/tracing/tracing';
import { pino } from 'pino';
import { usualLimits } from '../account-limits.ts';
import { createAsks } from '../asks/asks.ts';
import { createContributionCounter } from '../asks/count-contributions.ts';
import { createGroupSizes } from '../asks/group-sizes.ts';
import { createGroupWaiting } from '../asks/group-waiting.ts';
import { createRoundMarks } from '../asks/round-marks.ts';
import { createBlobStore } from '../blobs/blob-store.ts';
import { createOwnSite } from '../browser/own-site.ts';
import { createPlanCache } from '../checkpoints/checkpoint-plan.ts';
import type { Context } from '../context.ts';
import { createDatabaseWatch } from '../database/database-watch.ts';
import type { Database } from '../database/open-database.ts';
import { createKeyRing } from '../keys/key-ring.ts';
import { createReceiptSigner } from '../keys/receipt-signer.ts';
import { createSecret } from '../keys/secret.ts';
import { createTurns } from '../load/turns.ts';
import { createUploadLimits } from '../load/upload-limits.ts';
import { createMeters } from '../meters/meters.ts';
import { readStorage } from '../retention/read-storage.ts';
import { createRoom } from '../room/room.ts';
import { usualReserveBytes } from '../room/storage-bounds.ts';
import { createHints } from '../socket/hints.ts';

/** Nothing is remembered in it: contributions come out of the database. Nothing happens in it by itself. */
export function makeContext(database: Database, instance: string): Context {
  const db = database.client;
  const turns = createTurns();
  const log = pino({ level: 'silent' });
  const keys = createKeyRing(db, turns, { idleHours: usualLimits.sessionIdleHours });
  const blobs = createBlobStore(db, database.chunks, 0);
  const { usage, kind: databaseKind } = database;
  const bounds = { limitBytes: null, reserveBytes: usualReserveBytes };
  const room = createRoom({ db, usage, bounds });
  return {
    db,
    asks: createAsks(db),
    databaseKind,
    room,
    storage: { read: () => readStorage({ db, databaseKind, room, usage }) },
    watch: createDatabaseWatch(database.probe, log),
    blobs,
    plans: createPlanCache(blobs),
    turns,
    uploads: createUploadLimits(8),
    contributions: createContributionCounter(db),
    keys,
    receiptSigner: createReceiptSigner(db),
    secret: createSecret(db),
    oidc: null,
    limits: usualLimits,
    hints: createHints({ server: createServer(), keys, ownSite: createOwnSite(), groupsOf: async () => [] }),
    sizes: createGroupSizes(db),
    waiting: createGroupWaiting(db),
    marks: createRoundMarks(db),
    meters: createMeters(),
    tracing: noTracing,
    log,
    instance,
    version: 'test',
    nudge: () => undefined,
    nudgeSoon: () => undefined,
  };
}
