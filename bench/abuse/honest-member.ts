// An honest member at the lowest price: hears of a round, sends its contribution, and sends it again where it is told to.
import { setTimeout as sleep } from 'node:timers/promises';
import { updateBodies } from '../coordinator/update-body.ts';
import type { Answer } from '../light/http-connection.ts';
import { asksForPatience, bePatient, joinAsMember } from '../light/member.ts';

export interface HonestMember {
  readonly key: string;
  /** Resolves when the group is completed. */
  contribute(): Promise<void>;
  close(): void;
}

const pollMs = 1_000;

/** `megabytes`: of a contribution; 0 of who won't send any. */
export async function joinHonest(url: string, group: string, megabytes: number): Promise<HonestMember> {
  const member = await joinAsMember(url, group, { up: 0, down: 0 });
  const { http, authorization, key } = member;
  const bodyOf = megabytes === 0 ? null : updateBodies(megabytes, 'f32');
  let ring: () => void = () => undefined;
  const socket = megabytes === 0 ? null : member.listen(() => ring());

  async function send(round: number, version: number): Promise<void> {
    const { parts, digest } = bodyOf!(round, version);
    const headers = {
      ...authorization,
      'content-type': 'application/octet-stream',
      'content-digest': digest,
    };
    const path = `/v1/groups/${group}/rounds/${round}/contribution`;
    for (;;) {
      const answer: Answer = await http.request({ method: 'PUT', path, headers, body: parts });
      if (!asksForPatience(answer) && answer.status !== 408) return; // what came too late is for the next round
      await bePatient(answer);
    }
  }
  return {
    key,
    async contribute() {
      for (;;) {
        const heard = new Promise<void>((done) => {
          ring = done;
        });
        const { state, round } = await member.assignment();
        if (state === 'completed') return;
        if (round !== null && !round.contributed) await send(round.number, round.version);
        else await Promise.race([heard, sleep(pollMs)]);
      }
    },
    close() {
      socket?.close();
      http.close();
    },
  };
}
