// The socket's catalogue: hints from the coordinator. Never tensors; losing one costs latency only,
// since clients also poll.
import { z } from 'zod';
import { mostInteger, nameSchema, plain } from './bounds/bounded.ts';
import { maskingPhaseSchema } from './masking/masking.ts';
import { groupStateSchema } from './states/states.ts';

const counted = z.int().min(0).max(mostInteger);

export const serverEvents = {
  'round:opened': z.object({ group: nameSchema, round: counted, version: counted }),
  /** To those who are in a masked round: it waits for something else of them now. */
  'round:phase': z.object({ group: nameSchema, round: counted, phase: maskingPhaseSchema }),
  'checkpoint:published': z.object({ group: nameSchema, version: counted }),
  'group:changed': z.object({ group: nameSchema, state: groupStateSchema }),
  /** Operators only. */
  'contribution:accepted': z.object({
    group: nameSchema,
    round: counted,
    participant: nameSchema,
    contributions: counted,
    cohort: counted,
  }),
} as const;

export type ServerEventName = keyof typeof serverEvents;
export type ServerEvent<Name extends ServerEventName> = z.infer<(typeof serverEvents)[Name]>;

/** Typed listeners for socket.io on either side. */
export type ServerToClientEvents = {
  [Name in ServerEventName]: (event: ServerEvent<Name>) => void;
};

/** A participant hears its groups; an operator hears all. Sent by the client in the handshake. */
export const handshakeSchema = z.object({ key: plain(200) });
