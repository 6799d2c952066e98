// Who shares secrets and masks with whom. Up to 64 members everybody with everybody (Bonawitz et al. 2017, doi
// 10.1145/3133956.3133982); above, each with k of them (Bell et al. 2020, doi 10.1145/3372297.3417885): members stand on a ring in an order
// that follows from the roster's hash, and each is the neighbour of the k / 2 before and behind her.
import { seededRandom } from '@colora/tensors/random';

export interface Graph {
  readonly members: number;
  /** Of a member, by number; rising. */
  readonly neighbours: readonly (readonly number[])[];
  /** So many shares of a secret, each from another neighbour, put it together. */
  readonly threshold: number;
}

const mostComplete = 64;
/** The shares of members who work together with the coordinator, and who drop out, that hold is taken against. */
const corrupted = 1 / 5;
const dropped = 3 / 10;
/** 2^-40 that a round isn't private against them, 2^-30 that it fails though no more drop out. */
const insecure = 2 ** -40;
const failing = 2 ** -30;

/** `hash`: of the roster, in hex. */
export function graphOf(members: number, hash: string): Graph {
  const { degree, threshold } = degreeFor(members);
  const ring = seededRandom(hash).shuffle(Array.from({ length: members }, (_, member) => member));
  const neighbours: number[][] = Array.from({ length: members }, () => []);
  const complete = degree === members - 1;
  const steps = complete ? members - 1 : degree / 2;
  ring.forEach((member, place) => {
    for (let step = 1; step <= steps; step += 1) {
      neighbours[member]!.push(ring[(place + step) % members]!);
      if (!complete) neighbours[member]!.push(ring[(place - step + members) % members]!);
    }
    neighbours[member]!.sort((one, other) => one - other);
  });
  return { members, neighbours, threshold };
}

/** k, and the threshold t. */
export interface Degree {
  readonly degree: number;
  readonly threshold: number;
}

/**
 * Of a complete graph, t neighbours and the member herself are more than two thirds of all: no two sets of members can be signed
 * by so many each while fewer than a third sign both (Bonawitz et al., section 6.2). With three members nobody may drop out,
 * with four one may. Else the smallest k with a t for which, but for the chances above, 2t > k + the corrupted neighbours of
 * anybody (no secret's share is given away in two sets), t neighbours are left to everybody, and those who are left hang together.
 */
export function degreeFor(members: number): Degree {
  const complete = { degree: members - 1, threshold: Math.floor((2 * members) / 3) };
  if (members <= mostComplete) return complete;
  const corrupt = Math.floor(corrupted * members);
  const gone = Math.floor(dropped * members);
  for (let degree = 4; degree < members; degree += 2) {
    if (members * allGone(degree / 2, corrupt + gone, members) > insecure) continue;
    const bad = mostDrawn({ of: members - 1, marked: corrupt, draws: degree }, insecure / members);
    const lost = mostDrawn({ of: members - 1, marked: gone, draws: degree }, failing / members);
    const threshold = Math.floor((degree + bad) / 2) + 1;
    if (threshold <= degree - lost) return { degree, threshold };
  }
  return complete;
}

/** That `places` given members are all among `marked` of `of`. */
function allGone(places: number, marked: number, of: number): number {
  let chance = 1;
  for (let at = 0; at < places; at += 1) chance *= Math.max(0, marked - at) / (of - at);
  return chance;
}

interface Draw {
  readonly of: number;
  readonly marked: number;
  readonly draws: number;
}

/**
 * The smallest number that marked ones among the draws (without replacement) exceed with at most this chance. The hypergeometric
 * distribution by its recurrence from the top, with nothing but + - x /: the same on every machine.
 */
function mostDrawn({ of, marked, draws }: Draw, chance: number): number {
  const top = Math.min(marked, draws);
  let probability = 1; // of `top` marked ones: draws of the one kind or the other, whichever are fewer, all hit
  const [few, many] = marked < draws ? [marked, draws] : [draws, marked];
  for (let at = 0; at < few; at += 1) probability *= (many - at) / (of - at);
  let tail = 0;
  for (let hits = top; hits > 0; hits -= 1) {
    tail += probability;
    if (tail > chance) return hits;
    // p(h - 1) / p(h)
    probability *= (hits * (of - marked - draws + hits)) / ((marked - hits + 1) * (draws - hits + 1));
  }
  return 0;
}

/** Of the members given, those who have the threshold's number of neighbours among those who are left when others fall out. */
export function reachedOf({ neighbours, threshold }: Graph, given: readonly number[]): number[] {
  const left = new Set(given);
  for (let before = -1; before !== left.size; ) {
    before = left.size;
    for (const member of left) if (count(neighbours[member]!, left) < threshold) left.delete(member);
  }
  return [...left].sort((one, other) => one - other);
}

export const count = (members: readonly number[], among: ReadonlySet<number>) =>
  members.reduce((sum, member) => sum + (among.has(member) ? 1 : 0), 0);
