// Buffered rounds (FedBuff, Nguyen et al. 2022, arXiv 2106.06639) as a sequence of events: everybody online trains on the latest
// checkpoint and sends when ready; a round commits after `bufferSize` arrivals. Who goes offline is replaced by another
// who comes, so that as many are online as the people's model says. Pure: no clock.
import { bufferOf } from '@colora/protocol/rounds-settings';
import { type Random, seededRandom } from '@colora/tensors/random';
import { createEventQueue, type EventQueue } from './event-queue.ts';
import { drawStay, drawTraining, type Person, personOf } from './people.ts';
import { createService, type Service } from './service.ts';
import {
  emptyTally,
  type RoundRecord,
  type Simulated,
  type SimulationInput,
  type Tally,
} from './simulation.ts';

/** Somebody online. */
interface Seat {
  person: Person;
  leavesAt: number;
  /** Of the checkpoint it trains on. */
  version: number;
  training: number;
  /** The last round in which it was counted: once in each. */
  counted: number;
}

interface Event {
  readonly kind: 'start' | 'trained' | 'arrived' | 'stored' | 'committed';
  readonly seat: Seat | null;
}

interface State {
  readonly input: SimulationInput;
  readonly service: Service;
  readonly random: Random;
  readonly queue: EventQueue<Event>;
  readonly tally: Tally;
  readonly records: RoundRecord[];
  /** Who waits for the next round. */
  waiting: Seat[];
  version: number;
  openedAt: number;
  stored: number;
  staleness: number;
  closing: boolean;
}

/** Runs until `rounds.count` rounds are committed, or nothing happens any more. */
export function simulateBuffered(input: SimulationInput): Simulated {
  const state: State = {
    input,
    service: createService(input.costs, input.service),
    random: seededRandom(`simulation ${input.seed}`),
    queue: createEventQueue<Event>(),
    ...{ tally: emptyTally(), records: [], waiting: [] },
    ...{ version: 0, openedAt: 0, stored: 0, staleness: 0, closing: false },
  };
  const online = Math.round(input.participants * input.people.onlineShare);
  for (let i = 0; i < online; i += 1) {
    // Spread over a training's time: nobody begins a service's life all at once.
    const seat = takeSeat(state, 0);
    state.queue.add(state.random.next() * seat.person.trainingSeconds, { kind: 'start', seat });
  }
  while (state.records.length < input.rounds.count) {
    const next = state.queue.next();
    if (next === null) break;
    take(state, next.at, next.event);
  }
  return { records: state.records, tally: state.tally, spent: state.service.spent };
}

function take(state: State, now: number, { kind, seat }: Event): void {
  if (kind === 'committed') commit(state, now);
  else if (seat === null) return;
  else if (kind === 'start') start(state, now, seat);
  else if (kind === 'trained') finishTraining(state, now, seat);
  else if (kind === 'arrived') {
    state.queue.add(state.service.store(now, state.input.megabytes), { kind: 'stored', seat });
  } else count(state, now, seat);
}

function takeSeat({ input, random }: State, now: number): Seat {
  const person = personOf(input.people, input.seed, random.integer(input.participants));
  return { person, leavesAt: now + drawStay(random, input.people), version: 0, training: 0, counted: 0 };
}

function start(state: State, now: number, given: Seat): void {
  const { input, service, random, tally, queue } = state;
  const seat = given.leavesAt > now ? given : takeSeat(state, now);
  const training = drawTraining(random, input.people, seat.person);
  tally.asked += 1;
  seat.version = state.version;
  seat.training = training ?? seat.person.trainingSeconds;
  const downloaded = service.download(now, input.checkpointMB, seat.person.downMbps);
  const done = downloaded + seat.training;
  if (training !== null && done <= seat.leavesAt) {
    queue.add(done, { kind: 'trained', seat });
    return;
  }
  tally.droppedOut += 1;
  const gone = Math.min(done, seat.leavesAt);
  queue.add(Math.max(gone, now), { kind: 'start', seat: takeSeat(state, gone) });
}

function finishTraining(state: State, now: number, seat: Seat): void {
  const { input, service, tally, queue } = state;
  tally.trainedSeconds += seat.training;
  if (isStale(state, seat)) {
    tally.stale += 1;
    tally.wastedSeconds += seat.training;
    queue.add(now, { kind: 'start', seat });
    return;
  }
  queue.add(service.receive(now, input.megabytes, seat.person.upMbps), { kind: 'arrived', seat });
}

/** Its contribution is stored: counted in the live round, unless that has passed too far meanwhile. */
function count(state: State, now: number, seat: Seat): void {
  const { tally } = state;
  const round = state.version + (state.closing ? 2 : 1);
  if (isStale(state, seat) || seat.counted === round) {
    tally.stale += 1;
    tally.wastedSeconds += seat.training;
  } else {
    seat.counted = round;
    state.stored += 1;
    state.staleness += state.version - seat.version;
  }
  state.waiting.push(seat);
  closeIfFull(state, now);
}

function closeIfFull(state: State, now: number): void {
  const { input, service, queue } = state;
  if (state.closing || state.stored < bufferOf(input.rounds)) return;
  state.closing = true;
  const committedAt = service.close(now, state.stored * input.megabytes, input.checkpointMB);
  const { openedAt, stored: contributions } = state;
  const staleness = state.staleness / contributions;
  state.records.push({ openedAt, closedAt: now, committedAt, contributions, staleness });
  Object.assign(state, { stored: 0, staleness: 0 });
  queue.add(committedAt, { kind: 'committed', seat: null });
}

function commit(state: State, now: number): void {
  Object.assign(state, { version: state.version + 1, openedAt: now, closing: false });
  const ready = state.waiting;
  state.waiting = [];
  for (const seat of ready) state.queue.add(now, { kind: 'start', seat });
  closeIfFull(state, now); // what came in meanwhile may be enough
}

function isStale({ version, input }: State, seat: Seat): boolean {
  return version - seat.version > input.rounds.maxStaleness;
}
