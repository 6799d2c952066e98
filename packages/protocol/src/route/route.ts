// What a row of the routes table says. The rows are routes.ts.
import type { z } from 'zod';
import type { Role } from '../accounts/roles.ts';

export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  /** Who may call: anyone, or a key with one of these roles. A higher role may do what a lower may (admin > operator):
   * operators keep groups running, admins say what they are and who gets in. */
  readonly access: 'anyone' | readonly Role[];
  /** Of a route that names no group: keys for some groups may call it too, and its use case shows them no others. */
  readonly scoped?: true;
  /** Browsers come by it before they are signed in: it may give them a cookie, and no member's certificate is asked for. */
  readonly browser?: true;
  readonly summary: string;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  /** A JSON body's schema, or 'bytes' for a safetensors stream. */
  readonly body?: z.ZodType | 'bytes';
  /** Its body comes with its sender's signature in a header (proofs/signatures.ts). */
  readonly signed?: true;
  /** A change of the group in its path that takes If-Match: refused where the group is at another revision. */
  readonly ifMatch?: true;
  /** A JSON answer's schema, 'bytes' for a safetensors stream, or 'redirect' for a browser that is sent on. */
  readonly answer: z.ZodType | 'bytes' | 'redirect';
  /** Of a JSON answer that may be larger than others (usualAnswerBytes); who asks reads no further. */
  readonly mostAnswerBytes?: number;
}
