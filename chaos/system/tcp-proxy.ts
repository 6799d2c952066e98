// A line that can be cut, stalled, muted and refused: a TCP proxy on loopback. It knows no protocol.
import { connect, createServer, type Socket } from 'node:net';

export interface TcpProxy {
  readonly port: number;
  /** Breaks every connection; new ones pass. */
  cut(): void;
  /** Breaks every connection and refuses new ones until switched off. */
  refuse(on: boolean): void;
  /** Nothing passes in either direction, and nothing breaks, until switched off. */
  stall(on: boolean): void;
  /** What is asked passes, what is answered is dropped; broken when switched off. So commits are made that nobody hears of. */
  mute(on: boolean): void;
  close(): Promise<void>;
}

interface Line {
  readonly near: Socket;
  readonly far: Socket;
}

interface Mode {
  refusing: boolean;
  stalled: boolean;
  muted: boolean;
}

/** Listens on a free port (or `port`) and passes connections on to `target` on loopback. */
export async function openProxy(target: number, port = 0): Promise<TcpProxy> {
  const lines = new Set<Line>();
  const mode: Mode = { refusing: false, stalled: false, muted: false };
  const cut = () => {
    for (const { near, far } of lines) {
      near.resetAndDestroy();
      far.resetAndDestroy();
    }
  };
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (near) => {
    if (mode.refusing) near.resetAndDestroy();
    else join(near, target, lines, mode);
  });
  await new Promise<void>((done) => server.listen(port, '127.0.0.1', done));
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('no address');
  return {
    port: address.port,
    cut,
    refuse(on) {
      mode.refusing = on;
      if (on) cut();
    },
    stall(on) {
      mode.stalled = on;
      for (const { near, far } of lines) for (const side of [near, far]) on ? side.pause() : side.resume();
    },
    mute(on) {
      mode.muted = on;
      if (!on) cut();
    },
    async close() {
      const closed = new Promise((done) => server.close(done));
      cut();
      await closed;
    },
  };
}

function join(near: Socket, target: number, lines: Set<Line>, mode: Mode): void {
  const far = connect({ port: target, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
  const line = { near, far };
  lines.add(line);
  const over = () => {
    lines.delete(line);
    near.destroy();
    far.destroy();
  };
  for (const side of [near, far]) {
    side.on('error', over);
    side.on('close', over);
  }
  pass(near, far, mode, () => false);
  pass(far, near, mode, () => mode.muted);
  if (mode.stalled) for (const side of [near, far]) side.pause();
}

function pass(from: Socket, to: Socket, mode: Mode, dropped: () => boolean): void {
  from.on('data', (chunk) => {
    if (dropped() || to.write(chunk)) return;
    from.pause();
    to.once('drain', () => {
      if (!mode.stalled) from.resume();
    });
  });
  from.on('end', () => to.end());
}
