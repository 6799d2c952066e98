// A light member of a task group: joins, hears hints and asks for its assignment, on one connection and one socket.
// What it does in a round is its caller's.
import { type HintSocket, openHintSocket } from './hint-socket.ts';
import { type Call, type HttpConnection, openHttp, type Traffic } from './http-connection.ts';

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

/** A call whose answer must be good. Throws with the problem's text. */
export async function mustAnswer(http: HttpConnection, call: Call): Promise<string> {
  const { status, text } = await http.request(call);
  if (status >= 300) throw new Error(`${call.method} ${call.path} was answered ${status}: ${text}`);
  return text;
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
