// How long connections may be quiet, headers and bodies may take, and how many connections there may be at once. What is done
// with a body is incoming-body.ts's and json-body.ts's.
import { longestUploadSeconds } from './incoming-body.ts';

export interface ServerLimits {
  /** For the headers of a request. */
  readonly headersMs: number;
  /** For a connection on which nothing moves, in either direction; uploads that wait for their place may be quiet for longer. */
  readonly quietMs: number;
  /** Above it new ones are closed at once. */
  readonly connections: number;
}

/** Ten thousand members have one open each, and some more while a round opens. */
export const serverLimits: ServerLimits = { headersMs: 15_000, quietMs: 120_000, connections: 50_000 };

/** For headers and body of the longest upload; other bodies have less, by their routes. */
export const longestRequestMs = (longestUploadSeconds + 100) * 1000;
