// One keep-alive HTTP/1.1 connection at the lowest price: prebuilt bodies go out as they are, and answers longer than
// a problem's are read into one buffer common to all connections and dropped. Only for benchmarks against our own
// server: answers need a Content-Length. Counts the bytes at its sockets.
import { connect, type Socket } from 'node:net';

export interface Answer {
  readonly status: number;
  readonly headers: string;
  /** Empty where the body was longer than `keptBytes`. */
  readonly text: string;
}

export interface Call {
  readonly method: 'GET' | 'PUT' | 'POST';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: readonly Uint8Array[];
}

export interface Traffic {
  up: number;
  down: number;
}

export interface HttpConnection {
  /** One at a time. Opens the connection anew when the server has closed it. */
  request(call: Call): Promise<Answer>;
  close(): void;
}

const keptBytes = 64 * 1024;
const reads = { buffer: Buffer.alloc(64 * 1024) };

export function openHttp(url: string, traffic: Traffic): HttpConnection {
  const { hostname, port } = new URL(url);
  let current: Line | null = null;
  return {
    async request(call) {
      if (current === null || current.ended()) current = openLine(hostname, Number(port), traffic);
      return current.send(headOf(call, hostname), call.body ?? []);
    },
    close: () => current?.close(),
  };
}

function headOf({ method, path, headers = {}, body }: Call, host: string): string {
  const lines = [`${method} ${path} HTTP/1.1`, `host: ${host}`];
  for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`);
  if (body !== undefined) lines.push(`content-length: ${body.reduce((sum, part) => sum + part.length, 0)}`);
  return `${lines.join('\r\n')}\r\n\r\n`;
}

interface Line {
  send(head: string, body: readonly Uint8Array[]): Promise<Answer>;
  ended(): boolean;
  close(): void;
}

interface Waiting {
  readonly done: (answer: Answer) => void;
  readonly failed: (error: Error) => void;
}

function openLine(host: string, port: number, traffic: Traffic): Line {
  let waiting: Waiting | null = null;
  let ended = false;
  const reader = readAnswers((answer) => {
    const { done } = waiting!;
    waiting = null;
    done(answer);
  });
  const onread = {
    buffer: reads.buffer,
    callback: (count: number) => {
      traffic.down += count;
      reader(reads.buffer.subarray(0, count));
      return true;
    },
  };
  const socket: Socket = connect({ host, port, noDelay: true, onread });
  const end = (error?: Error) => {
    ended = true;
    waiting?.failed(error ?? new Error('the coordinator closed the connection before its answer'));
    waiting = null;
  };
  socket.on('error', end);
  socket.on('close', () => end());
  return {
    ended: () => ended,
    close: () => socket.destroy(),
    send: (head, body) =>
      new Promise((done, failed) => {
        waiting = { done, failed };
        socket.cork();
        socket.write(head);
        for (const part of body) socket.write(part);
        socket.uncork();
        traffic.up += head.length + body.reduce((sum, part) => sum + part.length, 0);
      }),
  };
}

/** Cuts what arrives into answers. */
function readAnswers(found: (answer: Answer) => void): (bytes: Buffer) => void {
  let head = '';
  let left = -1; // bytes of the body still to come; -1: in the head
  let kept: Buffer[] | null = [];
  const finish = () => {
    const status = Number(head.slice(9, 12));
    const answer = { status, headers: head, text: kept === null ? '' : Buffer.concat(kept).toString('utf8') };
    head = '';
    left = -1;
    found(answer);
  };
  return (bytes) => {
    let rest = bytes;
    if (left < 0) {
      const begun = head.length;
      head += rest.toString('latin1');
      const end = head.indexOf('\r\n\r\n');
      if (end < 0) return;
      rest = rest.subarray(end + 4 - begun);
      head = head.slice(0, end);
      left = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0);
      kept = left > keptBytes ? null : [];
    }
    left -= rest.length;
    if (kept !== null && rest.length > 0) kept.push(Buffer.from(rest));
    if (left <= 0) finish();
  };
}
