// What every use case of the coordinator is given. Made once, in coordinator.ts; no globals anywhere.

import type { Signer } from '@colora/protocol/proofs/signatures';
import type { Tracing } from '@colora/tracing/tracing';
import type { Logger } from 'pino';
import type { AccountLimits } from './account-limits.ts';
import type { Asks } from './asks/asks.ts';
import type { ContributionCounter } from './asks/count-contributions.ts';
import type { GroupSizes } from './asks/group-sizes.ts';
import type { GroupWaiting } from './asks/group-waiting.ts';
import type { RoundMarks } from './asks/round-marks.ts';
import type { BlobStore } from './blobs/blob-store.ts';
import type { PlanCache } from './checkpoints/checkpoint-plan.ts';
import type { DatabaseWatch } from './database/database-watch.ts';
import type { DatabaseKind } from './database/opened-driver.ts';
import type { PrismaClient } from './generated/prisma/client.ts';
import type { KeyRing } from './keys/key-ring.ts';
import type { Secret } from './keys/secret.ts';
import type { Turns } from './load/turns.ts';
import type { UploadLimits } from './load/upload-limits.ts';
import type { Meters } from './meters/meters.ts';
import type { OidcClient } from './oidc/oidc-client.ts';
import type { Room } from './room/room.ts';
import type { StorageCount } from './room/storage-count.ts';
import type { Hints } from './socket/hints.ts';

export interface Context {
  readonly db: PrismaClient;
  readonly asks: Asks;
  readonly databaseKind: DatabaseKind;
  readonly watch: DatabaseWatch;
  readonly blobs: BlobStore;
  readonly plans: PlanCache;
  readonly turns: Turns;
  readonly uploads: UploadLimits;
  readonly contributions: ContributionCounter;
  readonly keys: KeyRing;
  /** What receipts are signed with, the same at every coordinator of one database. */
  readonly receiptSigner: () => Promise<Signer>;
  readonly secret: Secret;
  /** How people sign in by OpenID Connect; null: not at all. */
  readonly oidc: OidcClient | null;
  readonly limits: AccountLimits;
  readonly hints: Hints;
  readonly sizes: GroupSizes;
  readonly waiting: GroupWaiting;
  readonly marks: RoundMarks;
  readonly room: Room;
  readonly storage: StorageCount;
  readonly meters: Meters;
  readonly tracing: Tracing;
  readonly log: Logger;
  /** This process among the coordinators on one database: the name on its leases. */
  readonly instance: string;
  readonly version: string;
  /** Something changed in this group: look whether its round moves on. Returns at once. */
  readonly nudge: (groupId: string) => void;
  readonly nudgeSoon: (groupId: string) => void;
}
