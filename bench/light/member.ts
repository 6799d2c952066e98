// A light member of a task group: joins, hears hints and asks for its assignment, on one connection and one socket.
// What it does in a round is its caller's.
import { setTimeout as sleep } from 'node:timers/promises';
import { type HintSocket, openHintSocket } from './hint-socket.ts';
import { type Answer, type Call, type HttpConnection, openHttp, type Traffic } from './http-connection.ts';

export interface AssignedRound {
  readonly number: number;
  readonly version: number;
  readonly contributed: boolean;
}

export interface Assignment {
  readonly state: string;
  readonly checkpoint: { readonly encoding: string } | null;
  readonly round: AssignedRound | null;
  readonly pollSeconds: number;
}

export interface Member {
  readonly http: HttpConnection;
  readonly authorization: { readonly authorization: string };
  readonly key: string;
  assignment(): Promise<Assignment>;
  listen(onHint: () => void): HintSocket;
}

/** A call whose answer must be good in the end: asked again while the coordinator says so. Throws with the problem's text. */
export async function mustAnswer(http: HttpConnection, call: Call): Promise<string> {
  for (;;) {
    const answer = await http.request(call);
    if (answer.status < 300) return answer.text;
    if (!asksForPatience(answer)) {
      throw new Error(`${call.method} ${call.path} was answered ${answer.status}: ${answer.text}`);
    }
    await bePatient(answer);
  }
}

export function asksForPatience({ status }: Answer): boolean {
  return status === 429 || status === 503;
}

/** Waits as long as Retry-After says, and up to as long again. */
export async function bePatient({ headers }: Answer): Promise<void> {
  const seconds = Number(/\r\nretry-after: *(\d+)/i.exec(headers)?.[1] ?? 1);
  await sleep(seconds * 1000 * (1 + Math.random()));
}

export async function joinAsMember(url: string, group: string, traffic: Traffic): Promise<Member> {
  const http = openHttp(url, traffic);
  const path = `/v1/groups/${group}`;
  const json = { 'content-type': 'application/json' };
  const joined = await mustAnswer(http, {
    method: 'POST',
    path: `${path}/members`,
    headers: json,
    body: [Buffer.from('{}')],
  });
  const { key } = JSON.parse(joined) as { key: string };
  const authorization = { authorization: `Bearer ${key}` };
  return {
    http,
    authorization,
    key,
    assignment: async () =>
      JSON.parse(
        await mustAnswer(http, { method: 'GET', path: `${path}/assignment`, headers: authorization }),
      ) as Assignment,
    listen: (onHint) => openHintSocket(url, key, { onHint }),
  };
}
