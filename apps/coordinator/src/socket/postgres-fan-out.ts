// Hints between coordinators through their Postgres: LISTEN and NOTIFY on one connection beside the pool. While a
// coordinator hears of no other it says nothing but its heartbeat. What is said within a disconnection is lost.
import pg from 'pg';
import type { Logger } from 'pino';
import type { Namespace } from 'socket.io';
import {
  ClusterAdapterWithHeartbeat,
  type ClusterMessage,
  type ClusterResponse,
  MessageType,
} from 'socket.io-adapter';
import type { FanOut } from './fan-out.ts';

const channel = 'colora_hints';
/** NOTIFY takes 8000 bytes; no hint comes near. */
const largest = 7_900;
const retryMs = 2_000;
/** On a connection that does not answer, so many wait; further ones are dropped. */
const mostUnsaid = 100;

/** One connection that listens and notifies, opened again whenever it breaks. */
interface Line {
  say(text: string): Promise<void>;
  hear(listener: (text: string) => void): void;
  close(): void;
}

export function openPostgresFanOut(url: string, log: Logger): FanOut {
  const line = openLine(url, log);
  class Bound extends PostgresAdapter {
    constructor(namespace: Namespace) {
      super(namespace, line);
    }
  }
  return { adapter: Bound as unknown as FanOut['adapter'], close: line.close };
}

class PostgresAdapter extends ClusterAdapterWithHeartbeat {
  readonly #line: Line;

  constructor(namespace: Namespace, line: Line) {
    super(namespace, {});
    this.#line = line;
    line.hear((text) => {
      const message = JSON.parse(text) as ClusterMessage;
      if (message.nsp === namespace.name && message.uid !== this.uid) this.onMessage(message);
    });
  }

  protected override async doPublish(message: ClusterMessage): Promise<string> {
    const aboutItself =
      message.type === MessageType.HEARTBEAT || message.type === MessageType.INITIAL_HEARTBEAT;
    if (aboutItself || (await this.serverCount()) > 1) await this.#line.say(JSON.stringify(message));
    return '';
  }

  protected override async doPublishResponse(_: string, response: ClusterResponse): Promise<void> {
    await this.#line.say(JSON.stringify(response));
  }
}

function openLine(url: string, log: Logger): Line {
  const listeners = new Set<(text: string) => void>();
  let client: pg.Client | null = null;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;
  let unsaid = 0;
  let last: Promise<unknown> = Promise.resolve();

  const again = () => {
    client = null;
    if (closed || timer !== undefined) return;
    timer = setTimeout(
      () => {
        timer = undefined;
        void connect();
      },
      retryMs * (0.5 + Math.random()),
    );
  };
  const connect = async () => {
    const made = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000, keepAlive: true });
    made.on('error', () => undefined); // 'end' follows
    made.on('end', again);
    made.on('notification', ({ payload }) => {
      for (const listener of listeners) listener(payload ?? '');
    });
    try {
      await made.connect();
      await made.query(`LISTEN ${channel}`);
      client = made;
    } catch (error) {
      log.debug({ err: error }, 'no connection for hints; trying again');
      again();
    }
    if (closed || client !== made) await made.end().catch(() => undefined);
  };
  void connect();
  return {
    async say(text) {
      const by = client;
      if (by === null || text.length > largest || unsaid >= mostUnsaid) return;
      unsaid += 1;
      // one after the other: a connection is to be asked by one at a time
      const said = last.then(() => by.query('SELECT pg_notify($1, $2)', [channel, text]));
      last = said.catch(() => undefined);
      await said.finally(() => {
        unsaid -= 1;
      });
    },
    hear: (listener) => void listeners.add(listener),
    close() {
      closed = true;
      clearTimeout(timer);
      void client?.end().catch(() => undefined);
    },
  };
}
