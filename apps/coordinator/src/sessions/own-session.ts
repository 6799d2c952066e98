// The session of the browser that asks: who is signed in, signing in by a key, signing out. Others' are listed-sessions.ts's.
import type { OwnSession } from '@colora/protocol/accounts/sessions';
import { ProblemError } from '@colora/protocol/problems';
import { csrfTokenOf } from '../browser/session-cookie.ts';
import type { Context } from '../context.ts';
import type { Browser, Call, Result } from '../http/call.ts';
import type { KeyHolder } from '../keys/key-ring.ts';
import { viewOwnKey } from '../keys/key-view.ts';
import { readClock } from '../sql/database-clock.ts';
import { endSessionsWhere } from './end-sessions.ts';
import { startSession } from './start-session.ts';

export async function showSession(
  context: Context,
  { caller, browser }: Call<'showSession'>,
): Promise<Result<'showSession'>> {
  const token = caller?.sessionId === undefined ? undefined : browser.sessionToken;
  return await viewOwn(context, caller, token);
}

/** A session that the browser had ends: its token is of no use any more to whoever knows it. */
export async function signIn(
  context: Context,
  { body, address, browser, caller }: Call<'signIn'>,
): Promise<Result<'signIn'>> {
  const { db, keys, limits, log } = context;
  const holder = await keys.find(body.key.trim());
  if (holder === null) {
    log.info({ address }, 'somebody tried to sign in with a key that admits nobody');
    throw new ProblemError('invalid-key', 'this key is unknown, expired or was revoked');
  }
  if (holder.participantId !== null) browser.assertCertified();
  const { agent } = browser;
  const { token, seconds } = await db.$transaction((tx) =>
    startSession(tx, limits, { holder, address, agent, way: 'key' }),
  );
  if (caller?.sessionId !== undefined) await endSessionsWhere(context, { id: caller.sessionId }, caller);
  browser.keep(token, seconds);
  return await viewOwn(context, await keys.findSession(token), token);
}

export async function signOut(
  context: Context,
  { caller, browser }: Call<'signOut'>,
): Promise<Result<'signOut'>> {
  const ended =
    caller?.sessionId === undefined ? 0 : await endSessionsWhere(context, { id: caller.sessionId }, caller);
  browser.keep(null, 0);
  return { ended };
}

async function viewOwn(
  { db, oidc: client }: Pick<Context, 'db' | 'oidc'>,
  holder: KeyHolder | null,
  token: Browser['sessionToken'],
): Promise<OwnSession> {
  const now = (await readClock(db)).toISOString();
  const oidc = client === null ? null : { name: client.settings.name, url: client.settings.startUrl };
  if (holder === null) return { now, signedIn: null, oidc };
  const { expiresAt: keyExpiresAt, ...own } = await viewOwnKey(db, holder);
  const session =
    token === undefined ? null : await db.session.findUnique({ where: { id: holder.sessionId ?? '' } });
  return {
    now,
    oidc,
    signedIn: {
      ...own,
      keyExpiresAt,
      session:
        session === null || token === undefined
          ? null
          : {
              id: session.id,
              csrfToken: csrfTokenOf(token),
              expiresAt: session.expiresAt.toISOString(),
              endsAt: session.endsAt.toISOString(),
            },
    },
  };
}
