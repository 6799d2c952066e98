// How hints reach sockets that are open at another coordinator: what the ways there have in common. Only latency hangs
// on this. The members are postgres-fan-out.ts and redis-fan-out.ts; open-fan-out.ts chooses.
import type { ServerOptions } from 'socket.io';

export interface FanOut {
  /** For Socket.IO's option of that name. */
  readonly adapter: ServerOptions['adapter'];
  /** Call it after the Socket.IO server's. */
  close(): void;
}
