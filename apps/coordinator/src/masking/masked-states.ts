// How far a masked round is and whether it can go on, as pure functions of who did what. Members are numbers in the roster. What
// follows for the round is round-states.ts's; what the phases are, protocol/masking/masking.ts's.
//
//   sharing -> masking -> signing -> revealing -> (aggregating)
//
// An attempt that fails before anybody is asked to reveal is tried again with another roster; after that the round fails.
import type { MaskingPhase } from '@colora/protocol/masking/masking';

/** Who shares secrets with whom: for each member her neighbours, rising, never herself; so many shares rebuild a secret. */
export interface MaskingGraph {
  readonly threshold: number;
  readonly neighbours: readonly (readonly number[])[];
}

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
  readonly revealed: Members;
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
  graph: MaskingGraph,
  progress: Progress,
  { needed, until }: { readonly needed: number; readonly until: Date },
): MaskedStatus {
  const { phase, shared, sharers, sent, senders, signed, signers, revealed } = progress;
  switch (phase) {
    case 'sharing': {
      const isComplete = shared.size === graph.neighbours.length;
      return { phase, until, isComplete, isEnough: sharersOf(graph, shared).size >= needed };
    }
    case 'masking': {
      const isEnough = sent.size >= needed && canRebuild(graph, { sharers, senders: sent }, sent);
      return { phase, until, isComplete: sent.size === sharers.size, isEnough };
    }
    case 'signing': {
      const isEnough = canRebuild(graph, { sharers, senders }, signed);
      return { phase, until, isComplete: signed.size === senders.size, isEnough };
    }
    case 'revealing': {
      const isEnough = canRebuild(graph, { sharers, senders }, revealed);
      return { phase, until, isComplete: revealed.size === signers.size, isEnough };
    }
  }
}

/** Of those who shared: who has enough neighbours among them for her secrets to be rebuilt; the others fall out. */
export function sharersOf({ threshold, neighbours }: MaskingGraph, shared: Members): Members {
  const left = new Set(shared);
  for (let before = -1; before !== left.size; ) {
    before = left.size;
    for (const member of left) if (countIn(neighbours[member]!, left) < threshold) left.delete(member);
  }
  return left;
}

/**
 * Do so many of `holders` hold shares of each secret that takes the masks off the sum: of a sender's self mask, and of the masking
 * key of who shared and sent nothing, where her masks are in it?
 */
function canRebuild(
  graph: MaskingGraph,
  { sharers, senders }: Pick<Progress, 'sharers' | 'senders'>,
  holders: Members,
): boolean {
  for (const { of } of wantedSecrets(graph, { sharers, senders }))
    if (countIn(graph.neighbours[of]!, holders) < graph.threshold) return false;
  return true;
}

export interface WantedSecret {
  readonly of: number;
  readonly what: 'self' | 'key';
}

/** All that takes the masks off, by the members' numbers. */
export function wantedSecrets(
  { neighbours }: MaskingGraph,
  { sharers, senders }: Pick<Progress, 'sharers' | 'senders'>,
): WantedSecret[] {
  return [...sharers]
    .sort((a, b) => a - b)
    .flatMap((of): WantedSecret[] => {
      if (senders.has(of)) return [{ of, what: 'self' }];
      return countIn(neighbours[of]!, senders) > 0 ? [{ of, what: 'key' }] : [];
    });
}

/** What a member is to reveal: of each neighbour who shared one of the two. */
export function revealsOf(
  { neighbours }: MaskingGraph,
  { sharers, senders }: Pick<Progress, 'sharers' | 'senders'>,
  member: number,
): WantedSecret[] {
  return neighbours[member]!.filter((of) => sharers.has(of)).map((of) => ({
    of,
    what: senders.has(of) ? 'self' : 'key',
  }));
}

function countIn(members: readonly number[], set: Members): number {
  let count = 0;
  for (const member of members) if (set.has(member)) count += 1;
  return count;
}
