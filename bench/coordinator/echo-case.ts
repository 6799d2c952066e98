// What a case of the coordinator's benchmark is and what it gives, for CoLoRA and its peers alike. Who runs one is
// run-case.ts and flower-peer.ts.
import { downloadEncodingSchema } from '@colora/protocol/task-settings';

/** Those that both directions know. */
export const encodings = downloadEncodingSchema.options;

export interface EchoCase {
  readonly clients: number;
  readonly megabytes: number;
  readonly upload: (typeof encodings)[number];
  readonly download: (typeof encodings)[number];
  /** Through secure aggregation: clients share secrets, mask, sign and reveal. */
  readonly masked?: boolean;
}

export interface CaseFigures {
  readonly roundsPerSecond: number;
  /** Contributions' bytes as float32 (10^6) taken in a second: comparable between encodings. */
  readonly 'MB/s': number;
  readonly 'server CPU s/round': number | null;
  readonly 'server peak MB': number | null;
  /** With all clients joined, before the first round. */
  readonly 'server start MB': number | null;
  readonly 'database CPU s/round'?: number | null;
  readonly 'database peak MB'?: number | null;
  /** Bytes at the clients' HTTP sockets. */
  readonly 'up MB/round'?: number;
  readonly 'down MB/round'?: number;
}

export function nameOf({ clients, megabytes }: Pick<EchoCase, 'clients' | 'megabytes'>): string {
  return `${clients} clients x ${megabytes} MB`;
}
