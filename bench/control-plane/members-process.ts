// The process of all simulated members: each has its key and a hint socket, and asks for its assignment as often as it is told
// to and when it hears of a round. Requests share some connections: a real member's is long closed when it asks again.
// Its parent gives it one step at a time (Step) and gets its figures (Done).
import { setTimeout as sleep } from 'node:timers/promises';
import { type HintSocket, openHintSocket } from '../light/hint-socket.ts';
import { type HttpConnection, openHttp, type Traffic } from '../light/http-connection.ts';
import { type Assignment, mustAnswer } from '../light/member.ts';

export type Step =
  | { readonly step: 'join'; readonly url: string; readonly group: string; readonly members: number }
  | { readonly step: 'connect' }
  /** Polls as told for so long. */
  | { readonly step: 'idle'; readonly seconds: number }
  /** Counts what a round's opening sets off, for so long. */
  | { readonly step: 'watch'; readonly seconds: number };

export type Done =
  | { readonly seconds: number }
  | { readonly bytesUp: number; readonly bytesDown: number; readonly polls: number; readonly lost: number }
  | { readonly failed: string };

/** When the members heard and knew of a round: milliseconds since the epoch. */
export interface Watched {
  readonly hinted: number;
  readonly firstHintAt: number;
  readonly lastHintAt: number;
  readonly assigned: number;
  readonly lastAssignedAt: number;
  readonly polls: number;
}

interface Member {
  readonly key: string;
  socket: HintSocket | null;
  pollAt: number;
}

const atOnce = 32;
const traffic: Traffic = { up: 0, down: 0 };
let url = '';
let group = '';
const members: Member[] = [];
const connections: HttpConnection[] = [];
let lost = 0;
let onHint: (member: Member, name: string) => void = () => undefined;

process.on('message', (step: Step) => {
  take(step).then(
    (done) => process.send!(done),
    (error: unknown) => process.send!({ failed: String(error) }),
  );
});
process.once('disconnect', () => process.exit(0));

function take(step: Step): Promise<Done | Watched> {
  switch (step.step) {
    case 'join':
      return join(step);
    case 'connect':
      return connectAll();
    case 'idle':
      return idle(step.seconds);
    case 'watch':
      return watch(step.seconds);
  }
}

async function join(step: Extract<Step, { step: 'join' }>): Promise<Done> {
  ({ url, group } = step);
  for (let i = 0; i < atOnce; i += 1) connections.push(openHttp(url, traffic));
  const headers = { 'content-type': 'application/json' };
  const call = {
    method: 'POST',
    path: `/v1/groups/${group}/members`,
    headers,
    body: [Buffer.from('{}')],
  } as const;
  return timed(step.members, async (_, http) => {
    const { key } = JSON.parse(await mustAnswer(http, call)) as { key: string };
    members.push({ key, socket: null, pollAt: 0 });
  });
}

function connectAll(): Promise<Done> {
  return timed(members.length, async (index) => {
    const member = members[index]!;
    const heard = (name: string) => onHint(member, name);
    member.socket = openHintSocket(url, member.key, { onHint: heard, onClose: () => (lost += 1) });
    await member.socket.ready;
  });
}

/** Does `work` for 0 … count - 1, some at a time. */
async function timed(
  count: number,
  work: (index: number, http: HttpConnection) => Promise<void>,
): Promise<{ seconds: number }> {
  const begun = performance.now();
  let next = 0;
  const lane = async (http: HttpConnection) => {
    while (next < count) {
      next += 1;
      await work(next - 1, http);
    }
  };
  await Promise.all(connections.map(lane));
  return { seconds: (performance.now() - begun) / 1000 };
}

async function poll(member: Member, http: HttpConnection): Promise<Assignment> {
  member.pollAt = Number.POSITIVE_INFINITY; // not again before the answer
  const headers = { authorization: `Bearer ${member.key}` };
  const path = `/v1/groups/${group}/assignment`;
  const answer = JSON.parse(await mustAnswer(http, { method: 'GET', path, headers })) as Assignment;
  member.pollAt = Date.now() + answer.pollSeconds * 1000;
  return answer;
}

/** First everybody asks once, spread over what a poll's pause is; what counts begins after that. */
async function idle(seconds: number): Promise<Done> {
  await timed(members.length, async (index, http) => void (await poll(members[index]!, http)));
  for (const member of members) member.pollAt = Date.now() + Math.random() * (member.pollAt - Date.now());
  const before = total();
  let polls = 0;
  const until = Date.now() + seconds * 1000;
  let cursor = 0;
  const lane = async (http: HttpConnection) => {
    while (Date.now() < until) {
      const member = members[cursor % members.length]!;
      cursor += 1;
      if (member.pollAt <= Date.now()) {
        polls += 1;
        await poll(member, http);
      } else if (cursor % members.length === 0) await sleep(50);
    }
  };
  await Promise.all(connections.map(lane));
  const after = total();
  return { bytesUp: after.up - before.up, bytesDown: after.down - before.down, polls, lost };
}

function total(): Traffic {
  const sum = { ...traffic };
  for (const { socket } of members) {
    const bytes = socket?.traffic() ?? { up: 0, down: 0 };
    sum.up += bytes.up;
    sum.down += bytes.down;
  }
  return sum;
}

/** Who hears that a round opened asks for its assignment. */
async function watch(seconds: number): Promise<Watched> {
  const queue: Member[] = [];
  const seen = { hinted: 0, firstHintAt: 0, lastHintAt: 0, assigned: 0, lastAssignedAt: 0, polls: 0 };
  onHint = (member, name) => {
    if (name !== 'round:opened') return;
    seen.hinted += 1;
    seen.lastHintAt = Date.now();
    seen.firstHintAt ||= seen.lastHintAt;
    queue.push(member);
  };
  const until = Date.now() + seconds * 1000;
  const lane = async (http: HttpConnection) => {
    while (Date.now() < until) {
      const member = queue.shift();
      if (member === undefined) {
        await sleep(2);
        continue;
      }
      seen.polls += 1;
      if ((await poll(member, http)).round === null) continue;
      seen.assigned += 1;
      seen.lastAssignedAt = Date.now();
    }
  };
  await Promise.all(connections.map(lane));
  onHint = () => undefined;
  return seen;
}
