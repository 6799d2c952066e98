// Synchronous rounds as a sequence of events: a cohort is drawn with over-selection, downloads, trains, uploads; the round
// closes when as many as wanted are stored, or at its deadline with the quorum; else it is tried again. Pure: no clock.
import { askedOf, sampleOf } from '@colora/protocol/rounds-settings';
import { type Random, seededRandom } from '@colora/tensors/random';
import { createEventQueue, type EventQueue } from './event-queue.ts';
import { drawStay, drawTraining, personOf } from './people.ts';
import { createService, type Service } from './service.ts';
import {
  emptyTally,
  type RoundRecord,
  type Simulated,
  type SimulationInput,
  type Tally,
} from './simulation.ts';

type Event =
  /** Somebody asked can begin: those still busy with an earlier round end that first. */
  | { readonly kind: 'free'; readonly participant: number }
  | { readonly kind: 'trained'; readonly trip: Trip }
  | { readonly kind: 'arrived'; readonly trip: Trip }
  | { readonly kind: 'stored'; readonly trip: Trip }
  | { readonly kind: 'deadline' };

/** One who was asked and will answer. */
interface Trip {
  readonly training: number;
  readonly upMbps: number;
}

/** Runs `rounds.count` rounds, or fewer when one fails for good. */
export function simulateSynchronous(input: SimulationInput): Simulated {
  const service = createService(input.costs, input.service);
  const random = seededRandom(`simulation ${input.seed}`);
  const tally = emptyTally();
  const records: RoundRecord[] = [];
  const state = { input, service, random, tally, busyUntil: new Map<number, number>() };
  let now = 0;
  while (records.length < input.rounds.count) {
    const record = simulateRound(state, now);
    if (record === null) break;
    records.push(record);
    now = record.committedAt;
  }
  return { records, tally, spent: service.spent };
}

interface State {
  readonly input: SimulationInput;
  readonly service: Service;
  readonly random: Random;
  readonly tally: Tally;
  readonly busyUntil: Map<number, number>;
}

interface LiveRound {
  readonly queue: EventQueue<Event>;
  readonly wanted: number;
  stored: number;
  retries: number;
  closedAt: number | null;
}

/** Null when its tries are used up. */
function simulateRound(state: State, openedAt: number): RoundRecord | null {
  const { rounds, megabytes, checkpointMB, participants, people } = state.input;
  const online = Math.round(participants * people.onlineShare);
  const queue = createEventQueue<Event>();
  const round: LiveRound = { queue, wanted: sampleOf(rounds, online), stored: 0, retries: 0, closedAt: null };
  invite(state, round, openedAt, askedOf(rounds, online));
  for (let next = queue.next(); next !== null; next = queue.next()) {
    if (next.event.kind === 'deadline') {
      if (!meetDeadline(state, round, next.at)) return null;
    } else if (next.event.kind === 'free') begin(state, round, next.at, next.event.participant);
    else proceed(state, round, next.at, next.event);
  }
  if (round.closedAt === null) return null;
  const { closedAt, stored: contributions } = round;
  const committedAt = state.service.close(closedAt, contributions * megabytes, checkpointMB);
  return { openedAt, closedAt, committedAt, contributions, staleness: 0 };
}

function invite(
  { input, service, random, tally, busyUntil }: State,
  round: LiveRound,
  now: number,
  asked: number,
) {
  const told = service.draw(now, asked);
  tally.asked += asked;
  round.queue.add(now + input.rounds.deadlineSeconds, { kind: 'deadline' });
  for (const participant of drawDistinct(random, input.participants, asked)) {
    round.queue.add(Math.max(told, busyUntil.get(participant) ?? 0), { kind: 'free', participant });
  }
}

/** Floyd's algorithm (Bentley and Floyd 1987): `count` different numbers below `from`. */
function drawDistinct(random: Random, from: number, count: number): Set<number> {
  const drawn = new Set<number>();
  for (let last = from - Math.min(count, from); last < from; last += 1) {
    const number = random.integer(last + 1);
    drawn.add(drawn.has(number) ? last : number);
  }
  return drawn;
}

function begin(
  { input, service, random, tally, busyUntil }: State,
  round: LiveRound,
  now: number,
  participant: number,
) {
  if (round.closedAt !== null) {
    tally.idle += 1; // over before it began
    return;
  }
  const person = personOf(input.people, input.seed, participant);
  const training = drawTraining(random, input.people, person);
  const downloaded = service.download(now, input.checkpointMB, person.downMbps);
  const gone = now + drawStay(random, input.people);
  if (training === null || downloaded + training > gone) {
    tally.droppedOut += 1;
    return;
  }
  busyUntil.set(participant, downloaded + training);
  round.queue.add(downloaded + training, { kind: 'trained', trip: { training, upMbps: person.upMbps } });
}

function proceed(
  { input, service, tally }: State,
  round: LiveRound,
  at: number,
  event: Exclude<Event, { kind: 'deadline' | 'free' }>,
): void {
  if (event.kind === 'trained') tally.trainedSeconds += event.trip.training;
  if (round.closedAt !== null) {
    // Who comes after the end hears it before a byte is sent.
    tally.late += 1;
    tally.wastedSeconds += event.trip.training;
  } else if (event.kind === 'trained') {
    round.queue.add(service.receive(at, input.megabytes, event.trip.upMbps), { ...event, kind: 'arrived' });
  } else if (event.kind === 'arrived') {
    round.queue.add(service.store(at, input.megabytes), { ...event, kind: 'stored' });
  } else {
    round.stored += 1;
    if (round.stored >= round.wanted) round.closedAt = at;
  }
}

/** Closes with the quorum, or tries again; false when there is no try left. */
function meetDeadline(state: State, round: LiveRound, at: number): boolean {
  const { rounds } = state.input;
  if (round.closedAt !== null) return true;
  if (round.stored >= rounds.quorum) {
    round.closedAt = at;
    return true;
  }
  if (round.retries >= rounds.retries) return false;
  round.retries += 1;
  state.tally.retries += 1;
  invite(state, round, at, Math.ceil((round.wanted - round.stored) * rounds.overSelection));
  return true;
}
