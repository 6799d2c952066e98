// One echo client: waits for a hint or its poll, downloads the round's checkpoint and drops it, sends the update that
// all share, and waits for the next.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Traffic } from '../light/http-connection.ts';
import {
  type AssignedRound,
  asksForPatience,
  bePatient,
  joinAsMember,
  type Member,
  mustAnswer,
} from '../light/member.ts';
import { makeBell } from './bell.ts';
import type { UpdateBody } from './update-body.ts';

interface EchoOptions {
  readonly url: string;
  readonly group: string;
  readonly traffic: Traffic;
  readonly bodyOf: (round: number, version: number) => UpdateBody;
  /** Seconds that a round's training takes, or null for no answer. */
  readonly train: () => number | null;
  /** Called at the first sight of a round. */
  readonly onRound: (round: number) => void;
}

export interface EchoClient {
  /** Never resolves; rejects on what no echo can mend. */
  run(): Promise<never>;
}

export async function joinEcho(options: EchoOptions): Promise<EchoClient> {
  const member = await joinAsMember(options.url, options.group, options.traffic);
  const bell = makeBell();
  const socket = member.listen(bell.ring);
  await socket.ready;
  return {
    async run() {
      for (let done = 0; ; ) {
        const heard = bell.next();
        const { round, checkpoint, pollSeconds } = await member.assignment();
        if (round === null || round.contributed || round.number <= done) {
          await Promise.race([heard, sleep(pollSeconds * 1000)]);
          continue;
        }
        options.onRound(round.number);
        done = await echo(member, options, round, checkpoint?.encoding ?? 'f32');
      }
    },
  };
}

/** Returns the round it is done with. */
async function echo(
  member: Member,
  { group, bodyOf, train }: EchoOptions,
  { number: round, version }: AssignedRound,
  encoding: string,
): Promise<number> {
  const path = `/v1/groups/${group}`;
  const headers = member.authorization;
  const checkpoint = `${path}/checkpoints/${version}?encoding=${encoding}`;
  await mustAnswer(member.http, { method: 'GET', path: checkpoint, headers });
  const seconds = train();
  if (seconds === null) return round;
  if (seconds > 0) await sleep(seconds * 1000);
  const { parts, digest } = bodyOf(round, version);
  for (;;) {
    const answer = await member.http.request({
      method: 'PUT',
      path: `${path}/rounds/${round}/contribution`,
      headers: { ...headers, 'content-type': 'application/octet-stream', 'content-digest': digest },
      body: parts,
    });
    if (answer.status < 300 || answer.status === 409) return round;
    if (!asksForPatience(answer)) {
      throw new Error(`a contribution was answered ${answer.status}: ${answer.text}`);
    }
    await bePatient(answer);
  }
}
