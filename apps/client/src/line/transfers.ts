// How large bodies travel: to whom, with whose key, at what pace, and how long a silence is borne. Small calls
// go through the typed API client beside it.
import type { Connections } from '../proxy/connections.ts';
import type { Bucket } from './bandwidth.ts';
import type { DailyBytes } from './daily-bytes.ts';

export interface Transfers {
  readonly url: string;
  readonly connections: Connections;
  readonly key: () => string | null;
  readonly upload: Bucket | undefined;
  readonly download: Bucket | undefined;
  /** What may pass in a day; undefined: any amount. */
  readonly daily?: DailyBytes | undefined;
  /** Seconds without any progress after which a transfer is given up and tried again. */
  readonly patienceSeconds: number;
}

/** A coordinator may take its time to store a body; a line may be thin, but something has to move. */
export const usualPatienceSeconds = 120;
