// What members ask all at once when a round opens, each kind as one statement for all who ask in the same moment.
import type { Place } from '@colora/protocol/clusters/clusters';
import type { PrismaClient } from '../generated/prisma/client.ts';
import { batched } from '../load/batching.ts';
import { type AssignmentQuestion, type AssignmentRow, readAssignments } from './assignment-rows.ts';
import { type DownloadQuestion, type DownloadRow, readDownloads } from './download-rows.ts';
import { type EntryQuestion, type EntryRow, readEntries } from './entry-rows.ts';
import { type Joining, joinRound } from './join-round.ts';
import { type PlaceQuestion, readPlaces } from './place-rows.ts';

export interface Asks {
  readonly place: (question: PlaceQuestion) => Promise<Place | undefined>;
  readonly assignment: (question: AssignmentQuestion) => Promise<AssignmentRow | undefined>;
  readonly join: (joining: Joining) => Promise<boolean>;
  readonly download: (question: DownloadQuestion) => Promise<DownloadRow | undefined>;
  readonly entry: (question: EntryQuestion) => Promise<EntryRow | undefined>;
}

export function createAsks(db: PrismaClient): Asks {
  return {
    assignment: batched((questions) => readAssignments(db, questions)),
    join: batched((joining) => joinRound(db, joining), { atOnce: 1, apart: ({ roundId }) => roundId }),
    download: batched((questions) => readDownloads(db, questions)),
    entry: batched((questions) => readEntries(db, questions)),
    place: batched((questions) => readPlaces(db, questions)),
  };
}
