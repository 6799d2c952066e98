// What the coordinator knows about a participant and a round when a contribution arrives. How it is asked, for all that
// arrive in the same moment, is asks/entry-rows.ts's.
import type { GroupState } from '@colora/protocol/entities';
import type { EntryFacts, EntryQuestion, EntryRow } from '../asks/entry-rows.ts';
import type { Context } from '../context.ts';
import { unknownGroup, unknownRound } from '../refusals.ts';

/** Of a member and a round that are there. */
export interface Entry extends EntryFacts {
  readonly group: { readonly state: GroupState; readonly settings: never };
  readonly participantId: string;
  readonly participantName: string;
  readonly roundId: string;
  /** The round that collects now: the same one, or, when it comes late, a later one. */
  readonly live: LiveRound | null;
  /** What this participant sent for the round before, wherever it counts. */
  readonly sent: Sent | null;
}

interface LiveRound {
  readonly id: string;
  readonly number: number;
  readonly version: number;
  /** Something of this participant counts in it. */
  readonly contributed: boolean;
}

export interface Sent {
  readonly sha256: string;
  /** The number of the round it counts in. */
  readonly round: number;
  readonly staleness: number;
  /** The text that was signed; null where it came before there were any. */
  readonly statement: string | null;
  readonly at: Date;
}

/** Throws unknown-group, of a group that it is no member of too, or unknown-round. */
export async function findEntry({ asks }: Context, question: EntryQuestion): Promise<Entry> {
  const { groupName, number, participantId } = question;
  const row = await asks.entry({ groupName, number, participantId });
  const { roundId = null, participantName = null } = row ?? {};
  if (row === undefined || participantName === null) throw unknownGroup(groupName);
  if (roundId === null) throw unknownRound(groupName, number);
  return entryOf(row, { participantId, participantName, roundId });
}

function entryOf(
  row: EntryRow,
  known: { participantId: string; participantName: string; roundId: string },
): Entry {
  const { at: _, groupState, settings, liveId, liveNumber, liveVersion, liveContributed, ...more } = row;
  const { sentSha256, sentRound, sentStaleness, sentStatement, sentAt, ...rest } = more;
  return {
    ...rest,
    ...known,
    group: { state: groupState, settings },
    live:
      liveId === null
        ? null
        : { id: liveId, number: liveNumber, version: liveVersion, contributed: liveContributed },
    sent:
      sentSha256 === null
        ? null
        : {
            sha256: sentSha256,
            round: sentRound,
            staleness: sentStaleness,
            statement: sentStatement,
            at: sentAt,
          },
  };
}
