// Rows of the routes table about signing in by a browser: the session that its cookie holds, and those of others.
import { z } from 'zod';
import { endedSessionsSchema, ownSessionSchema, sessionSchema, signInSchema } from '../accounts/sessions.ts';
import { plain } from '../bounds/bounded.ts';
import { listOf, pageByTime } from '../paging/page.ts';
import type { Route } from './route.ts';
import { anyKey } from './row-parts.ts';

export const oidcPath = '/v1/session/oidc';

const whose = z.object({ whose: z.enum(['own', 'all']).default('own') });

/** What OAuth 2.0 writes such values with (RFC 6749, appendix A: VSCHAR); so as many fit into an address. */
const visible = (most: number) =>
  z
    .string()
    .max(most)
    .regex(/^[ -~]*$/, 'must be visible ASCII');

export const sessionRows = {
  showSession: {
    method: 'GET',
    path: '/v1/session',
    access: 'anyone',
    scoped: true,
    browser: true,
    summary: 'Who is signed in, and the token that this page sends with what it changes; null: nobody',
    answer: ownSessionSchema,
  },
  signIn: {
    method: 'POST',
    path: '/v1/session',
    access: 'anyone',
    scoped: true,
    browser: true,
    summary: 'Sign in by a key: the answer sets a cookie, which lets this browser in from then on',
    body: signInSchema,
    answer: ownSessionSchema,
  },
  signOut: {
    method: 'DELETE',
    path: '/v1/session',
    access: 'anyone',
    scoped: true,
    browser: true,
    summary: 'Sign out: this browser’s session ends, and its cookie goes',
    answer: endedSessionsSchema,
  },
  startOidc: {
    method: 'GET',
    path: oidcPath,
    access: 'anyone',
    scoped: true,
    browser: true,
    summary: 'Off to the provider of OpenID Connect, to sign in there',
    answer: 'redirect',
  },
  finishOidc: {
    method: 'GET',
    path: `${oidcPath}/callback`,
    access: 'anyone',
    scoped: true,
    browser: true,
    summary: 'Back from the provider with a code: signs the browser in and opens the page',
    query: z.object({
      code: visible(4096).optional(),
      state: visible(200).optional(),
      iss: visible(2048).optional(),
      error: visible(200).optional(),
    }),
    answer: 'redirect',
  },
  listSessions: {
    method: 'GET',
    path: '/v1/sessions',
    access: anyKey,
    scoped: true,
    summary: 'Browsers that are signed in by the caller’s key; all: by any, for admins for all groups',
    query: pageByTime.extend(whose.shape),
    answer: listOf(sessionSchema),
  },
  endSessions: {
    method: 'DELETE',
    path: '/v1/sessions',
    access: anyKey,
    scoped: true,
    summary:
      'Sign out everywhere: all sessions of the caller’s key end; all: of every key, by admins for all groups',
    query: whose,
    answer: endedSessionsSchema,
  },
  endSession: {
    method: 'DELETE',
    path: '/v1/sessions/:id',
    access: anyKey,
    scoped: true,
    summary: 'End a session of the caller’s key, or as an admin for all groups anybody’s',
    params: z.object({ id: plain(64).min(1) }),
    answer: endedSessionsSchema,
  },
} as const satisfies Record<string, Route>;
