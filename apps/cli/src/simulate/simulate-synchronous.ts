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
  let now = 0;
  while (records.length < input.rounds.count) {
    const record = simulateRound(input, service, random, tally, now);
    if (record === null) break;
    records.push(record);
    now = record.committedAt;
  }
  return { records, tally, spent: service.spent };
}

/** Null when its tries are used up. */
function simulateRound(
  input: SimulationInput,
  service: Service,
  random: Random,
  tally: Tally,
  openedAt: number,
): RoundRecord | null {
  const { rounds, megabytes, checkpointMB } = input;
  const online = Math.round(input.participants * input.people.onlineShare);
  const wanted = sampleOf(rounds, online);
  const queue = createEventQueue<Event>();
  let [stored, retries, closedAt] = [0, 0, null as number | null];
  invite(input, service, random, tally, queue, openedAt, askedOf(rounds, online));
  for (let next = queue.next(); next !== null; next = queue.next()) {
    const { at, event } = next;
    const late = closedAt !== null;
    if (event.kind === 'deadline') {
      if (late) continue;
      if (stored >= rounds.quorum) closedAt = at;
      else if (retries >= rounds.retries) return null;
      else {
        retries += 1;
        tally.retries += 1;
        invite(input, service, random, tally, queue, at, Math.ceil((wanted - stored) * rounds.overSelection));
      }
    } else if (event.kind === 'trained') {
      tally.trainedSeconds += event.trip.training;
      // Who comes after the end hears it before a byte is sent.
      if (late) drop(tally, event.trip, 'late');
      else queue.add(service.receive(at, megabytes, event.trip.upMbps), { ...event, kind: 'arrived' });
    } else if (event.kind === 'arrived') {
      if (late) drop(tally, event.trip, 'late');
      else queue.add(service.store(at, megabytes), { ...event, kind: 'stored' });
    } else if (late) drop(tally, event.trip, 'late');
    else {
      stored += 1;
      if (stored >= wanted) closedAt = at;
    }
  }
  if (closedAt === null) return null;
  const committedAt = service.close(closedAt, stored * megabytes, checkpointMB);
  return { openedAt, closedAt, committedAt, contributions: stored, staleness: 0 };
}

function invite(
  { participants, people, seed, checkpointMB, rounds }: SimulationInput,
  service: Service,
  random: Random,
  tally: Tally,
  queue: EventQueue<Event>,
  now: number,
  asked: number,
): void {
  const told = service.draw(now, asked);
  tally.asked += asked;
  queue.add(now + rounds.deadlineSeconds, { kind: 'deadline' });
  for (let i = 0; i < asked; i += 1) {
    const person = personOf(people, seed, random.integer(participants));
    const training = drawTraining(random, people, person);
    const downloaded = service.download(told, checkpointMB, person.downMbps);
    const gone = told + drawStay(random, people);
    if (training === null || downloaded + training > gone) tally.droppedOut += 1;
    else queue.add(downloaded + training, { kind: 'trained', trip: { training, upMbps: person.upMbps } });
  }
}

function drop(tally: Tally, trip: Trip, why: 'late'): void {
  tally[why] += 1;
  tally.wastedSeconds += trip.training;
}
