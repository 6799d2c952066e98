// The socket: small hints to who is listening, and presence of who is connected. Losing a hint costs
// latency only, since clients also poll. Tensors never pass here.
import type { Server as HttpServer } from 'node:http';
import { TLSSocket } from 'node:tls';
import {
  handshakeSchema,
  type ServerEvent,
  type ServerEventName,
  type ServerToClientEvents,
} from '@colora/protocol/events';
import type { ProblemCode } from '@colora/protocol/problem-table';
import { ProblemError } from '@colora/protocol/problems';
import { type Socket as IoSocket, Server } from 'socket.io';
import type { OwnSite } from '../browser/own-site.ts';
import { sessionTokenOf } from '../browser/session-cookie.ts';
import type { KeyHolder, KeyRing } from '../keys/key-ring.ts';
import { troubleOf } from '../sql/database-errors.ts';
import { assertCertified } from '../tls/certified.ts';
import type { FanOut } from './fan-out.ts';

export interface Hints {
  /** To the group's members and to operators. */
  tell<Name extends ServerEventName>(groupId: string, name: Name, event: ServerEvent<Name>): void;
  /** To these participants and to operators. */
  tellParticipants<Name extends ServerEventName>(
    participantIds: readonly string[],
    name: Name,
    event: ServerEvent<Name>,
  ): void;
  tellOperators<Name extends ServerEventName>(name: Name, event: ServerEvent<Name>): void;
  /** Sockets already open, at whichever coordinator, hear the group they just joined. */
  addMember(participantId: string, groupId: string): void;
  /** It hears the group no more. */
  dropMember(participantId: string, groupId: string): void;
  /** At whichever coordinator. */
  disconnectKey(keyId: string): void;
  disconnectSession(sessionId: string): void;
  /** At this one: who heard of it from the database. */
  disconnectKeyHere(keyId: string): void;
  disconnectSessionHere(sessionId: string): void;
  /** Participants with a socket open at this coordinator: the set as it changes, not a copy. */
  connected(): ReadonlySet<string>;
  /** Participants whose last socket here was closed since the last call; some may be back. */
  takeDisconnected(): ReadonlySet<string>;
  close(): Promise<void>;
}

type NoEvents = Record<string, never>;
type Socket = IoSocket<NoEvents, ServerToClientEvents, NoEvents, { holder: KeyHolder }>;

interface HintsOptions {
  readonly server: HttpServer;
  readonly keys: KeyRing;
  /** Ids of the groups whose hints it hears; null: of all. */
  readonly ownSite: OwnSite;
  readonly groupsOf: (holder: KeyHolder) => Promise<string[] | null>;
  /** Members come with a certificate too. */
  readonly certified?: boolean;
  /** Open at once, of one participant, or of one key that is nobody's. */
  readonly mostSockets?: number;
  /** The way to sockets that are open at other coordinators; null where there are none. */
  readonly fanOut?: FanOut | null;
}

/** A daemon a group, which are a hundred at most, and its browsers. */
const usualSockets = 200;

export function createHints({
  server,
  keys,
  ownSite,
  groupsOf,
  certified = false,
  mostSockets = usualSockets,
  fanOut = null,
}: HintsOptions): Hints {
  const io = new Server<NoEvents, ServerToClientEvents, NoEvents, { holder: KeyHolder }>(server, {
    serveClient: false,
    maxHttpBufferSize: 16 * 1024,
    ...(fanOut === null ? {} : { adapter: fanOut.adapter }),
  });
  const sockets = new Map<string, number>(); // participant -> open sockets
  const connected = new Set<string>();
  let disconnected = new Set<string>();
  io.use((socket, next) => {
    admit(socket, { keys, ownSite, groupsOf, certified, mostSockets }).then(
      () => next(),
      (error: unknown) => next(new Error(codeOf(error))),
    );
  });
  io.on('connection', (socket) => {
    const { participantId } = socket.data.holder;
    if (participantId === null) return;
    sockets.set(participantId, (sockets.get(participantId) ?? 0) + 1);
    connected.add(participantId);
    socket.on('disconnect', () => {
      const left = (sockets.get(participantId) ?? 1) - 1;
      if (left > 0) sockets.set(participantId, left);
      else {
        sockets.delete(participantId);
        connected.delete(participantId);
        disconnected.add(participantId);
      }
    });
  });
  return {
    tell: (groupId, name, event) => emit(io.to([groupRoom(groupId), 'operators']), name, event),
    tellParticipants: (participantIds, name, event) =>
      emit(io.to([...participantIds.map(participantRoom), 'operators']), name, event),
    tellOperators: (name, event) => emit(io.to('operators'), name, event),
    addMember: (participantId, groupId) =>
      io.in(participantRoom(participantId)).socketsJoin(groupRoom(groupId)),
    dropMember: (participantId, groupId) =>
      io.in(participantRoom(participantId)).socketsLeave(groupRoom(groupId)),
    disconnectKeyHere: (keyId) => io.local.in(keyRoom(keyId)).disconnectSockets(true),
    disconnectKey: (keyId) => io.in(keyRoom(keyId)).disconnectSockets(true),
    disconnectSessionHere: (sessionId) => io.local.in(sessionRoom(sessionId)).disconnectSockets(true),
    disconnectSession: (sessionId) => io.in(sessionRoom(sessionId)).disconnectSockets(true),
    connected: () => connected,
    takeDisconnected() {
      const taken = disconnected;
      disconnected = new Set();
      return taken;
    },
    async close() {
      await io.close();
      fanOut?.close();
    },
  };
}

/** Name and event belong together, which the emitter's overloads cannot see. */
function emit<Name extends ServerEventName>(
  to: { emit: (name: Name, ...event: Parameters<ServerToClientEvents[Name]>) => boolean },
  name: Name,
  event: ServerEvent<Name>,
): void {
  to.emit(name, ...([event] as unknown as Parameters<ServerToClientEvents[Name]>));
}

type Door = Pick<HintsOptions, 'keys' | 'ownSite' | 'groupsOf' | 'certified'> & {
  readonly mostSockets: number;
};

/** Who is refused leaves its rooms again. */
async function admit(
  socket: Socket,
  { keys, ownSite, groupsOf, certified, mostSockets }: Door,
): Promise<void> {
  const holder = await holderOf(socket, keys, ownSite);
  if (certified && holder.role === 'participant') assertCertified(socket.request.socket);
  socket.data.holder = holder;
  const { keyId, sessionId, participantId } = holder;
  const groups = await groupsOf(holder);
  await socket.join([
    keyRoom(keyId),
    ...(sessionId === undefined ? [] : [sessionRoom(sessionId)]),
    ...(participantId === null ? [] : [participantRoom(participantId)]),
    ...(groups === null ? ['operators'] : groups.map(groupRoom)),
  ]);
  const own = participantId === null ? keyRoom(keyId) : participantRoom(participantId);
  if ((socket.nsp.adapter.rooms.get(own)?.size ?? 0) > mostSockets)
    throw new ProblemError(
      'too-many-requests',
      `${mostSockets} sockets are open already: close some of them`,
    );
}

/** By the key of the handshake; without one by the cookie of a browser, whose page has to be our own. */
async function holderOf({ handshake, request }: Socket, keys: KeyRing, ownSite: OwnSite): Promise<KeyHolder> {
  const shown = handshakeSchema.safeParse(handshake.auth);
  if (shown.success) {
    const holder = await keys.find(shown.data.key);
    if (holder !== null) return holder;
    throw new ProblemError('invalid-key', 'this key is unknown, expired or was revoked');
  }
  const { headers } = request;
  const token = sessionTokenOf({ headers, isEncrypted: request.socket instanceof TLSSocket });
  if (token === undefined) throw new ProblemError('missing-key', 'the handshake has no key');
  if (!ownSite.isOwn(headers) || headers.origin === undefined)
    throw new ProblemError('foreign-site', 'a page of another site hears nothing');
  const holder = await keys.findSession(token);
  if (holder !== null) return holder;
  throw new ProblemError('invalid-key', 'this session is over: sign in again');
}

/** All that a refused socket is told: no message of a library leaves the house. */
function codeOf(error: unknown): ProblemCode {
  if (error instanceof ProblemError) return error.code;
  return troubleOf(error) === null ? 'internal' : 'unavailable';
}

const groupRoom = (groupId: string) => `group:${groupId}`;
const participantRoom = (participantId: string) => `participant:${participantId}`;
const keyRoom = (keyId: string) => `key:${keyId}`;
const sessionRoom = (sessionId: string) => `session:${sessionId}`;
