// Signing in by OpenID Connect over REST: off to the provider, and back with a code. What binds the two ends together follows from a
// cookie of this browser and the coordinators' secret, so nothing is kept meanwhile and any coordinator may take up what another began.
import { randomBytes } from 'node:crypto';
import { type SignInFailure, signInFailureParameter } from '@colora/protocol/accounts/sessions';
import { ProblemError } from '@colora/protocol/problems';
import type { Context } from '../context.ts';
import type { ApiKeyModel } from '../generated/prisma/models.ts';
import type { Call, Result } from '../http/call.ts';
import { hashSecret } from '../keys/api-keys.ts';
import type { KeyHolder } from '../keys/key-ring.ts';
import { type Bonds, isAway, type OidcClient, type Person, whyNot } from '../oidc/oidc-client.ts';
import { grantedBy } from '../oidc/oidc-settings.ts';
import { readClock } from '../sql/database-clock.ts';
import { endSessionsWhere } from './end-sessions.ts';
import { keyOfPerson, subjectOf } from './person-key.ts';
import { type StartedSession, startSession } from './start-session.ts';

/** For typing a password, and a second factor. */
const flowSeconds = 600;

export async function startOidc(
  context: Context,
  { browser, address }: Call<'startOidc'>,
): Promise<Result<'startOidc'>> {
  const client = clientOf(context);
  return await orBackToPage(context, address, async () => {
    const { flow, bonds } = await context.turns.take(async () => {
      const now = await readClock(context.db);
      const flow = `${now.getTime()}.${randomBytes(32).toString('base64url')}`;
      return { flow, bonds: await bondsOf(context, flow) };
    });
    const url = await client.signInUrl(bonds).catch(refuse);
    browser.keepFlow(flow, flowSeconds);
    return url.href;
  });
}

export async function finishOidc(
  context: Context,
  { query, browser, address }: Call<'finishOidc'>,
): Promise<Result<'finishOidc'>> {
  const client = clientOf(context);
  const { flow, agent } = browser;
  browser.keepFlow(null, 0);
  return await orBackToPage(context, address, async () => {
    if (query.error !== undefined)
      throw new Refused(failureOf(query.error), `the provider says ${query.error}`);
    if (flow === undefined) throw new Refused('stale', 'this browser did not begin it');
    const bonds = await context.turns.take(async () => {
      const age = (await readClock(context.db)).getTime() - Number.parseInt(flow, 10);
      if (age < 0 || age > flowSeconds * 1000) throw new Refused('stale', 'it began too long ago');
      return await bondsOf(context, flow);
    });
    const given = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined);
    const person = await client.personOf(new URLSearchParams(given), bonds).catch(refuse);
    const { token, seconds } = await context.turns.take(() =>
      begin(context, client, person, { flow: hashSecret(flow), address, agent }),
    );
    browser.keep(token, seconds);
    return '/';
  });
}

class Refused extends Error {
  readonly failure: SignInFailure;

  constructor(failure: SignInFailure, why: string) {
    super(why);
    this.failure = failure;
  }
}

function clientOf({ oidc }: Context): OidcClient {
  if (oidc !== null) return oidc;
  throw new ProblemError('unknown-route', 'nobody signs in by OpenID Connect here: OIDC_ISSUER is not set');
}

/** Who is refused is sent to the page too, with a word for what went wrong: no text of the provider's is shown. */
async function orBackToPage({ log }: Context, address: string, work: () => Promise<string>): Promise<string> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    const { failure, message: reason } = error;
    log.warn({ address, failure, reason }, 'a sign-in by OpenID Connect came to nothing');
    return `/?${signInFailureParameter}=${failure}`;
  }
}

/** Whatever the provider's answer is lacking. */
function refuse(error: unknown): never {
  throw new Refused(isAway(error) ? 'unavailable' : 'failed', whyNot(error));
}

/** Of what a provider says instead of a code (RFC 6749, 4.1.2.1; OpenID Connect Core, 3.1.2.6). */
function failureOf(said: string): SignInFailure {
  if (said === 'access_denied') return 'denied';
  return said === 'temporarily_unavailable' || said === 'server_error' ? 'unavailable' : 'failed';
}

async function bondsOf({ secret }: Context, flow: string): Promise<Bonds> {
  const sign = (what: string) => secret.sign(`oidc ${what} ${flow}`);
  return { state: await sign('state'), nonce: await sign('nonce'), verifier: await sign('verifier') };
}

interface From {
  readonly flow: string;
  readonly address: string;
  readonly agent: string | null;
}

async function begin(
  context: Context,
  { settings }: OidcClient,
  person: Person,
  from: From,
): Promise<StartedSession> {
  const { db, keys, hints, limits } = context;
  const granted = grantedBy(settings.rules, person.values);
  if (granted === null) {
    await endAllOf(context, person, from.address);
    throw new Refused('no-role', `${subjectOf(person)} has no role here: see OIDC_ROLES and OIDC_CLAIM`);
  }
  const { key, isChanged, started } = await db.$transaction(async (tx) => {
    await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${`flow ${from.flow}`}, 0))`;
    if ((await tx.session.count({ where: { flow: from.flow } })) > 0)
      throw new Refused('stale', 'it was finished before');
    const found = await keyOfPerson(tx, person, granted, from.address);
    if (found === null) throw new Refused('revoked', `an admin revoked the key of ${subjectOf(person)}`);
    const holder = holderOf(found.key);
    return { ...found, started: await startSession(tx, limits, { ...from, holder, way: 'oidc' }) };
  });
  if (isChanged) {
    keys.forget(key.id);
    hints.disconnectKey(key.id); // they come again, and hear what the new role may
  }
  return started;
}

const holderOf = ({ id, role, name, groups }: ApiKeyModel): KeyHolder => ({
  ...{ keyId: id, role, name, participantId: null },
  groups: groups.length === 0 ? null : groups,
});

/** Who may do nothing any more, by the provider's word, is signed out wherever she is in. */
async function endAllOf(context: Context, person: Person, address: string): Promise<void> {
  const key = await context.db.apiKey.findUnique({ where: { subject: subjectOf(person) } });
  if (key !== null) await endSessionsWhere(context, { keyId: key.id }, { ...holderOf(key), address });
}
