// Browsers that are signed in, as a page sees its own and as they are listed. What a key may do is roles.ts's; the cookie itself
// is the coordinator's affair and stands in no answer.
import { z } from 'zod';
import { nameSchema, plain } from '../bounds/bounded.ts';
import { roleSchema } from './roles.ts';

const instant = z.iso.datetime();

/** The header in which a page sends its session's token with each request that changes something. */
export const csrfHeader = 'x-csrf-token';

/**
 * Why a sign-in by OpenID Connect came to nothing: the page is opened with one of these in its address, as ?sign-in=…
 *
 * denied       not allowed there, by the person or by the provider
 * stale        begun in another browser, too long ago, or finished before
 * failed       the answer does not hold, or the two are not set up for each other; the coordinator's log has more
 * no-role      nothing that the provider says of this person gives a role here
 * revoked      an admin of the coordinator revoked the key of this person
 * unavailable  the provider does not answer
 */
export const signInFailures = ['denied', 'stale', 'failed', 'no-role', 'revoked', 'unavailable'] as const;
export type SignInFailure = (typeof signInFailures)[number];
export const signInFailureParameter = 'sign-in';

/** What somebody signs in with. */
export const signInSchema = z.strictObject({ key: plain(200).min(1) });

/** Who is asking, and how somebody may sign in here. */
export const ownSessionSchema = z.object({
  /** The coordinator's clock: a browser's may be wrong. */
  now: instant,
  /** Null: nobody, or not any more. */
  signedIn: z
    .object({
      role: roleSchema,
      /** Of the key, or what a participant calls itself. */
      name: z.string(),
      participant: z.string().nullable(),
      /** Names of the groups that the key is good for; null: all of them. */
      groups: z.array(z.string()).nullable(),
      keyExpiresAt: instant.nullable(),
      /** Null for who comes with a key in the header, and needs neither. */
      session: z
        .object({
          id: z.string(),
          /** To be sent back in the header x-csrf-token. */
          csrfToken: z.string(),
          /** When it ends unless it is used, and when it ends in any case. */
          expiresAt: instant,
          endsAt: instant,
        })
        .nullable(),
    })
    .nullable(),
  /** The provider of OpenID Connect, and the address at which a browser begins to sign in by it; null: there is none. */
  oidc: z.object({ name: z.string(), url: z.string() }).nullable(),
});
export type OwnSession = z.infer<typeof ownSessionSchema>;

export const sessionSchema = z.object({
  id: z.string(),
  keyId: z.string(),
  role: roleSchema,
  name: nameSchema,
  createdAt: instant,
  /** To a minute. */
  lastUsedAt: instant,
  expiresAt: instant,
  endsAt: instant,
  address: z.string(),
  /** What the browser called itself when it signed in. */
  agent: z.string().nullable(),
  /** It is the one that asks. */
  isOwn: z.boolean(),
});
export type Session = z.infer<typeof sessionSchema>;

export const endedSessionsSchema = z.object({ ended: z.int() });
