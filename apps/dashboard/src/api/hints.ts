// The socket, which says that something changed: each hint is passed on to whoever shows what it is about. Losing one costs
// latency only (live.ts asks anyway). Without a socket the page works the same, a little later.
import { type ServerEventName, type ServerToClientEvents, serverEvents } from '@colora/protocol/events';
import { io, type Socket } from 'socket.io-client';
import { hinted } from './connection.ts';

export interface Hint {
  readonly name: ServerEventName;
  readonly group: string;
}

type Listener = (hint: Hint | 'connected') => void;

const listeners = new Set<Listener>();
let socket: Socket<ServerToClientEvents> | null = null;

/** Returns what ends it. */
export function onHint(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

const tell = (hint: Hint | 'connected') => {
  for (const listener of listeners) listener(hint);
};

/** As who is signed in: the browser sends the session's cookie with the handshake. */
export function openHints(): void {
  closeHints();
  socket = io({ reconnectionDelayMax: 10_000, transports: ['websocket', 'polling'] });
  socket.on('connect', () => {
    hinted.value = true;
    tell('connected');
  });
  socket.on('disconnect', (reason) => {
    hinted.value = false;
    if (reason === 'io server disconnect') tell('connected'); // the key was revoked, say: asking tells
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
