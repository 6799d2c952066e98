// The socket's catalogue: hints from the coordinator. Never tensors; losing one costs latency only,
// since clients also poll.
import { z } from 'zod';
import { groupStateSchema } from './entities.ts';

export const serverEvents = {
  'round:opened': z.object({ group: z.string(), round: z.int(), version: z.int() }),
  'checkpoint:published': z.object({ group: z.string(), version: z.int() }),
  'group:changed': z.object({ group: z.string(), state: groupStateSchema }),
  /** Operators only. */
  'contribution:accepted': z.object({
    group: z.string(),
    round: z.int(),
    participant: z.string(),
    contributions: z.int(),
    cohort: z.int(),
  }),
} as const;

export type ServerEventName = keyof typeof serverEvents;
export type ServerEvent<Name extends ServerEventName> = z.infer<(typeof serverEvents)[Name]>;

/** Typed listeners for socket.io on either side. */
export type ServerToClientEvents = {
  [Name in ServerEventName]: (event: ServerEvent<Name>) => void;
};

/** A participant hears its groups; an operator hears all. Sent by the client in the handshake. */
export const handshakeSchema = z.object({ key: z.string() });
