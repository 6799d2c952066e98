// The socket, which says that something changed: each hint is passed on to whoever shows what it is about. Losing one costs
// latency only (live.ts asks anyway). Without a socket the page works the same, a little later.
import { type ServerEventName, type ServerToClientEvents, serverEvents } from '@colora/protocol/events';
import { io, type Socket } from 'socket.io-client';
import { hinted } from './connection.ts';

export interface Hint {
  readonly name: ServerEventName;
  readonly group: string;
}

/** 'line': the socket came or went, and asking tells how things are. */
type Listener = (hint: Hint | 'line') => void;

const listeners = new Set<Listener>();
let socket: Socket<ServerToClientEvents> | null = null;

/** Returns what ends it. */
export function onHint(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

const tell = (hint: Hint | 'line') => {
  for (const listener of listeners) listener(hint);
};

/** As who is signed in: the browser sends the session's cookie with the handshake. */
export function openHints(): void {
  closeHints();
  socket = io({ reconnectionDelayMax: 10_000, transports: ['websocket', 'polling'] });
  socket.on('connect', () => {
    hinted.value = true;
    tell('line');
  });
  socket.on('disconnect', () => {
    hinted.value = false;
    tell('line'); // the coordinator went, or the key was revoked
  });
  for (const name of Object.keys(serverEvents) as ServerEventName[])
    socket.on(name, (event: unknown) => {
      const parsed = serverEvents[name].safeParse(event);
      if (parsed.success) tell({ name, group: parsed.data.group });
    });
}

export function closeHints(): void {
  socket?.disconnect();
  socket = null;
  hinted.value = false;
}
