// The socket: hints from the coordinator that something changed. It only rings a bell; what to do is
// always asked over HTTP, so a lost hint costs one poll interval and a blocked socket costs no more.
import { type ServerEventName, serverEvents } from '@colora/protocol/events';
import type { Log } from '../client-log.ts';
import type { Connections } from '../proxy/connections.ts';

export interface Hints {
  /** Leaves and comes back: who has no socket open and does not ask is not counted on. */
  pause(): void;
  resume(): void;
  close(): void;
}

export interface HintOptions {
  /** The coordinator's. */
  readonly url: string;
  readonly connections: Connections;
  readonly key: () => string | null;
  readonly group: string;
  readonly onHint: () => void;
  readonly log: Log;
}

const interesting = [
  'round:opened',
  'round:phase',
  'checkpoint:published',
  'group:changed',
] as const satisfies ServerEventName[];

const refusedMs = 30_000;
/** A hint is a few names; nothing of a coordinator's is longer, unpacked or packed. */
const mostHintBytes = 64 * 1024;

/** Connects in the background and reconnects by itself, with jitter; `onHint` is called for this group only. */
export async function connectHints(options: HintOptions): Promise<Hints> {
  const { url, connections, key, group, onHint, log } = options;
  const { origin, pathname } = new URL(url);
  const socket = await connections.openSocket(origin, {
    path: `${pathname.replace(/\/+$/, '')}/socket.io`,
    auth: (send) => send({ key: key() ?? '' }),
    reconnectionDelay: 500,
    reconnectionDelayMax: 30_000,
    randomizationFactor: 1,
    mostBytes: mostHintBytes,
  });
  for (const name of interesting) {
    socket.on(name, (event: unknown) => {
      const parsed = serverEvents[name].safeParse(event);
      if (parsed.success && parsed.data.group === group) onHint();
    });
  }
  let connected = false;
  socket.on('connect', () => {
    if (!connected) log('debug', 'hints arrive over the socket');
    connected = true;
    onHint(); // what was missed while away
  });
  let complained = false;
  let paused = false;
  let again: NodeJS.Timeout | undefined;
  socket.on('connect_error', (error) => {
    if (!complained) log('debug', `no socket to the coordinator (${error.message}); polling goes on`);
    complained = true;
    // After a refusal (unlike a lost connection) the library does not come back by itself.
    if (!socket.active && !paused)
      again = setTimeout(() => socket.connect(), refusedMs * (1 + Math.random())).unref();
  });
  return {
    pause() {
      paused = true;
      clearTimeout(again);
      socket.disconnect();
    },
    resume() {
      paused = false;
      if (!socket.active) socket.connect();
    },
    close() {
      clearTimeout(again);
      socket.disconnect();
    },
  };
}
