// What members ask all at once when a round opens, each kind as one statement for all who ask in the same moment.

import { type EntryQuestion, type EntryRow, readEntries } from '../contributions/contribution-entry.ts';
import type { PrismaClient } from '../generated/prisma/client.ts';
import { together } from '../load/batching.ts';
import { type AssignmentQuestion, type AssignmentRow, readAssignments } from '../rounds/assignment.ts';
import { type DownloadQuestion, type DownloadRow, readDownloads } from './download-rows.ts';
import { type Joining, joinRound } from './join-round.ts';

export interface Asks {
  readonly assignment: (question: AssignmentQuestion) => Promise<AssignmentRow | undefined>;
  readonly join: (joining: Joining) => Promise<boolean>;
  readonly download: (question: DownloadQuestion) => Promise<DownloadRow | undefined>;
  readonly entry: (question: EntryQuestion) => Promise<EntryRow | undefined>;
}

export function createAsks(db: PrismaClient): Asks {
  return {
    assignment: together((questions) => readAssignments({ db }, questions)),
    join: together((joining) => joinRound({ db }, joining), { atOnce: 1, apart: ({ roundId }) => roundId }),
    download: together((questions) => readDownloads({ db }, questions)),
    entry: together((questions) => readEntries({ db }, questions)),
  };
}
