// A proxy in front of a coordinator that writes down what a member's machine sends and hears: requests and answers with their bodies,
// and the messages of WebSockets (RFC 6455, 5.2) that it sends. It passes everything on.
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse, request as send } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';

export interface Recorded {
  readonly method: string;
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

export interface Recorder {
  readonly url: string;
  readonly requests: readonly Recorded[];
  /** Of requests and answers, in the order in which they ended. */
  readonly bodies: readonly Buffer[];
  /** Texts of messages from the member. */
  readonly messages: readonly Buffer[];
  close(): Promise<void>;
}

export async function openRecorder(target: string): Promise<Recorder> {
  const { hostname, port } = new URL(target);
  const requests: Recorded[] = [];
  const bodies: Buffer[] = [];
  const messages: Buffer[] = [];
  const record = ({ method = '', url = '' }: IncomingMessage, body: readonly Buffer[]) => {
    const whole = Buffer.concat(body);
    bodies.push(whole);
    const sha256 = createHash('sha256').update(whole).digest('hex');
    requests.push({ method, path: url, bytes: whole.byteLength, sha256 });
  };
  const pass = (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const body: Buffer[] = [];
    const { method, url: path, headers } = incoming;
    const passed = send({ hostname, port, method, path, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.on('data', (chunk: Buffer) => bodies.push(chunk));
      answer.pipe(outgoing);
    });
    passed.on('error', () => outgoing.destroy());
    incoming.on('data', (chunk: Buffer) => body.push(chunk));
    incoming.on('close', () => record(incoming, body));
    passed.on('continue', () => outgoing.writeContinue());
    passed.flushHeaders();
    incoming.pipe(passed);
  };
  const server = createServer(pass).on('checkContinue', pass);
  const sockets = new Set<Socket>();
  server.on('upgrade', (incoming: IncomingMessage, socket: Socket, head: Buffer) => {
    record(incoming, []);
    const behind = connect(Number(port), hostname, () => {
      const { rawHeaders } = incoming; // names and values in turn
      const names = rawHeaders.filter((_, index) => index % 2 === 0);
      const lines = names.map((name, index) => `${name}: ${rawHeaders[2 * index + 1]}`);
      behind.write(`${incoming.method} ${incoming.url} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
      behind.write(head);
      socket.pipe(behind).pipe(socket);
    });
    let rest: Buffer = head;
    socket.on('data', (chunk: Buffer) => {
      rest = takeMessages(Buffer.concat([rest, chunk]), messages);
    });
    for (const [one, other] of [
      [socket, behind],
      [behind, socket],
    ] as const) {
      sockets.add(one);
      one.on('error', () => other.destroy()).on('close', () => other.destroy());
    }
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    bodies,
    messages,
    async close() {
      for (const socket of sockets) socket.destroy();
      const closed = new Promise((done) => server.close(done));
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Adds whole text and binary frames, unmasked; returns what is left. Messages here are one frame each. */
function takeMessages(bytes: Buffer, messages: Buffer[]): Buffer {
  let at = 0;
  for (;;) {
    if (bytes.length < at + 6) break;
    const opcode = bytes[at]! & 0x0f;
    let length = bytes[at + 1]! & 0x7f;
    let start = at + 2;
    if (length === 126) {
      length = bytes.readUInt16BE(start);
      start += 2;
    } else if (length === 127) throw new Error('nobody sends such long messages here');
    if (bytes.length < start + 4 + length) break;
    const mask = bytes.subarray(start, start + 4);
    const payload = bytes
      .subarray(start + 4, start + 4 + length)
      .map((byte, index) => byte ^ mask[index % 4]!);
    if (opcode <= 2) messages.push(Buffer.from(payload));
    at = start + 4 + length;
  }
  return bytes.subarray(at);
}
