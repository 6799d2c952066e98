// What hostile members and strangers do to a coordinator, one connection each, until they are stopped: for the bench of abuse and for
// chaos. Whatever it answers is dropped. What it must hold out is the callers' affair.
import { createHash, randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Target {
  /** Asked before each attempt. */
  readonly url: () => string;
  readonly group: string;
  /** A group that strangers may enrol in. */
  readonly lobby: string;
  /** A member's, of `group`. */
  readonly key: string;
  /** Of a contribution, about. */
  readonly bytes: number;
  readonly stopped: AbortSignal;
}

const attempts = {
  /** 4 KB a second, as slowly as it may be. */
  'slow upload': async (target: Target) => {
    const round = await roundOf(target);
    const head = `${contributionHead(target, round, target.bytes)}\r\n`;
    await speak(target, head, () => randomBytes(1024), { everyMs: 250, parts: target.bytes / 1024 });
  },
  'flood of polls': async (target: Target) => {
    await Promise.all(Array.from({ length: 4 }, () => ask(target, `/v1/groups/${target.group}/assignment`)));
  },
  'big metrics': async (target: Target) => {
    const metrics = Object.fromEntries(Array.from({ length: 40_000 }, (_, i) => [`name-${i}`, i]));
    await post(target, `/v1/groups/${target.group}/metrics`, { round: 1, metrics });
  },
  'refused contribution': async (target: Target) => {
    const body = randomBytes(target.bytes);
    const round = await roundOf(target);
    await ask(target, contributionPath(target, round), {
      method: 'PUT',
      body,
      headers: { 'content-type': 'application/octet-stream', 'content-digest': digestOf(body) },
    });
  },
  enrolment: async (target: Target) => {
    const body = { name: `nobody-${randomBytes(6).toString('hex')}` };
    await post({ ...target, key: '' }, `/v1/groups/${target.lobby}/members`, body);
  },
  /** Headers that never end. */
  'half-open sockets': async (target: Target) => {
    const open = () =>
      speak(target, 'GET /health HTTP/1.1\r\nhost: ', () => 'x', { everyMs: 1000, parts: 30 });
    await Promise.all(Array.from({ length: 16 }, open));
  },
} as const satisfies Record<string, (target: Target) => Promise<void>>;

export type AttackName = keyof typeof attempts;
export const attackNames = Object.keys(attempts) as AttackName[];

/** Again and again; counts its attempts. */
export async function attack(name: AttackName, target: Target): Promise<number> {
  let count = 0;
  while (!target.stopped.aborted) {
    await attempts[name](target).catch(() => sleep(50)); // cut off, or nobody there just now
    count += 1;
    await sleep(1); // others of this process have their turn
  }
  return count;
}

async function ask(target: Target, path: string, init: RequestInit = {}): Promise<string> {
  const { key, stopped } = target;
  const authorization: Record<string, string> = key === '' ? {} : { authorization: `Bearer ${key}` };
  const signal = AbortSignal.any([stopped, AbortSignal.timeout(20_000)]);
  const answer = await fetch(target.url() + path, {
    ...init,
    signal,
    headers: { ...authorization, ...(init.headers as Record<string, string>) },
  });
  return answer.text();
}

const post = (target: Target, path: string, body: object) =>
  ask(target, path, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json' },
  });

async function roundOf(target: Target): Promise<number> {
  const answer = JSON.parse(await ask(target, `/v1/groups/${target.group}/assignment`));
  return answer.round?.number ?? 1;
}

const contributionPath = ({ group }: Target, round: number) =>
  `/v1/groups/${group}/rounds/${round}/contribution`;

const digestOf = (bytes: Uint8Array) => `sha-256=:${createHash('sha256').update(bytes).digest('base64')}:`;

function contributionHead(target: Target, round: number, length: number): string {
  const digest = digestOf(new Uint8Array(1));
  const lines = [
    `PUT ${contributionPath(target, round)} HTTP/1.1`,
    ...['host: x', `authorization: Bearer ${target.key}`, 'content-type: application/octet-stream'],
    ...[`content-length: ${length}`, `content-digest: ${digest}`, ''],
  ];
  return lines.join('\r\n');
}

/** Over a socket of its own: a beginning, then part after part until the other side or the signal ends it. */
function speak(
  { url, stopped }: Target,
  head: string,
  part: () => string | Uint8Array,
  { everyMs, parts }: { readonly everyMs: number; readonly parts: number },
): Promise<void> {
  return new Promise((done) => {
    const { hostname, port } = new URL(url());
    const socket = connect(Number(port), hostname, () => socket.write(head));
    let left = parts;
    const timer = setInterval(() => {
      left -= 1;
      if (stopped.aborted || left < 0) socket.destroy();
      else if (socket.writable) socket.write(part());
    }, everyMs);
    socket.on('data', () => socket.destroy());
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearInterval(timer);
      done();
    });
  });
}
