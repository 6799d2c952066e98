// How far a masked round is and whether it can go on, as pure functions of who did what. Members are numbers in the roster. What
// follows for the round is round-states.ts's; what the phases are, protocol/masking/masking.ts's.
//
//   sharing -> masking -> signing -> revealing -> (aggregating)
//
// An attempt that fails before anybody is asked to reveal is tried again with another roster; after that the round fails.
import { count, type Graph, reachedOf } from '@colora/privacy/masking/graph';
import type { MaskingPhase } from '@colora/protocol/masking/masking';

type Members = ReadonlySet<number>;

/** Of the live attempt: who did what, and who was fixed in the phases that are over. */
export interface Progress {
  readonly phase: MaskingPhase;
  readonly shared: Members;
  readonly sharers: Members;
  readonly sent: Members;
  readonly senders: Members;
  readonly signed: Members;
  readonly signers: Members;
  /** Who revealed, and of whom. */
  readonly revealed: ReadonlyMap<number, Members>;
}

export interface MaskedStatus {
  readonly phase: MaskingPhase;
  readonly until: Date;
  /** Everybody whom the phase waits for has done her part. */
  readonly isComplete: boolean;
  /** What is there is enough to go on. */
  readonly isEnough: boolean;
}

/** `needed`: contributions that are enough. */
export function statusOf(
  graph: Graph,
  progress: Progress,
  { needed, until }: { readonly needed: number; readonly until: Date },
): MaskedStatus {
  const { phase, shared, sharers, sent, senders, signed, signers, revealed } = progress;
  switch (phase) {
    case 'sharing': {
      const isComplete = shared.size === graph.neighbours.length;
      return { phase, until, isComplete, isEnough: reachedOf(graph, [...shared]).length >= needed };
    }
    case 'masking': {
      const isEnough = sent.size >= needed && canRebuild(graph, { sharers, senders: sent }, holdersIn(sent));
      return { phase, until, isComplete: sent.size === sharers.size, isEnough };
    }
    case 'signing': {
      const isEnough = canRebuild(graph, { sharers, senders }, holdersIn(signed));
      return { phase, until, isComplete: signed.size === senders.size, isEnough };
    }
    case 'revealing': {
      const told = (holder: number, of: number) => revealed.get(holder)?.has(of) ?? false;
      const isEnough = canRebuild(graph, { sharers, senders }, told);
      return { phase, until, isComplete: revealed.size === signers.size, isEnough };
    }
  }
}

type HoldsShare = (holder: number, of: number) => boolean;

/** These hold, or will reveal, a share of each of their neighbours' secrets. */
const holdersIn =
  (members: Members): HoldsShare =>
  (holder) =>
    members.has(holder);

/**
 * Are there as many shares as it takes of each secret that takes the masks off the sum: of a sender's self mask, and of the masking
 * key of who shared and sent nothing, where her masks are in it?
 */
function canRebuild(graph: Graph, fixed: Pick<Progress, 'sharers' | 'senders'>, isHeld: HoldsShare): boolean {
  return wantedSecrets(graph, fixed).every(
    ({ of }) => graph.neighbours[of]!.filter((holder) => isHeld(holder, of)).length >= graph.threshold,
  );
}

export interface WantedSecret {
  readonly of: number;
  readonly what: 'self' | 'key';
}

/** All that takes the masks off, by the members' numbers. */
export function wantedSecrets(
  { neighbours }: Graph,
  { sharers, senders }: Pick<Progress, 'sharers' | 'senders'>,
): WantedSecret[] {
  return [...sharers]
    .sort((a, b) => a - b)
    .flatMap((of): WantedSecret[] => {
      if (senders.has(of)) return [{ of, what: 'self' }];
      return count(neighbours[of]!, senders) > 0 ? [{ of, what: 'key' }] : [];
    });
}

/** What a member may reveal: of each neighbour who shared one of the two. */
export function revealsOf(
  { neighbours }: Graph,
  { sharers, senders }: Pick<Progress, 'sharers' | 'senders'>,
  member: number,
): WantedSecret[] {
  return neighbours[member]!.filter((of) => sharers.has(of)).map((of) => ({
    of,
    what: senders.has(of) ? 'self' : 'key',
  }));
}
