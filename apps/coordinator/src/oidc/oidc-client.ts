// The conversation with a provider of OpenID Connect: where to send a browser, and who came back with a code. Its library checks
// issuer, signature, audience, times, state, nonce and PKCE. Who may sign in is oidc-settings.ts's, what follows sessions/oidc-sign-in.ts's.
import { causeOf } from '@colora/protocol/failures/network-problem';
import * as oidc from 'openid-client';
import type { OidcSettings } from './oidc-settings.ts';

/** What a sign-in is bound to; only the browser that began it knows what they follow from. */
export interface Bonds {
  readonly state: string;
  readonly nonce: string;
  /** PKCE's (RFC 7636). */
  readonly verifier: string;
}

/** Whom a provider vouches for. */
export interface Person {
  readonly issuer: string;
  readonly subject: string;
  /** What it may be called, best first. */
  readonly names: readonly string[];
  /** Of the claim that gives roles. */
  readonly values: readonly string[];
}

export interface OidcClient {
  readonly settings: OidcSettings;
  /** Where a browser signs in. Rejects where the provider doesn't answer. */
  signInUrl(bonds: Bonds): Promise<URL>;
  /** `query`: with which the provider sent the browser back. Rejects unless all of it is right. */
  personOf(query: URLSearchParams, bonds: Bonds): Promise<Person>;
}

/** Of one answer; tokens, keys and what is said of a person are some kilobytes. */
const bounds = { answerSeconds: 10, mostAnswerBytes: 1_000_000 };
type Bounds = Readonly<typeof bounds>;
/** After so long the provider is asked anew where its endpoints are. */
const rememberMs = 3_600_000;

/** `within`: for tests, which can't wait for so long. */
export function createOidcClient(settings: OidcSettings, within: Bounds = bounds): OidcClient {
  let found: { readonly provider: Promise<oidc.Configuration>; readonly until: number } | undefined;
  const provider = () => {
    if (found !== undefined && found.until > performance.now()) return found.provider;
    const asked = discover(settings, within);
    found = { provider: asked, until: performance.now() + rememberMs };
    asked.catch(() => {
      found = undefined; // asked again next time
    });
    return asked;
  };
  const { redirectUri, scopes } = settings;
  return {
    settings,
    async signInUrl({ state, nonce, verifier }) {
      return oidc.buildAuthorizationUrl(await provider(), {
        redirect_uri: redirectUri,
        scope: scopes,
        code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        state,
        nonce,
      });
    },
    async personOf(query, { state, nonce, verifier }) {
      const config = await provider();
      const tokens = await oidc.authorizationCodeGrant(config, new URL(`${redirectUri}?${query}`), {
        pkceCodeVerifier: verifier,
        expectedState: state,
        expectedNonce: nonce,
        idTokenExpected: true,
      });
      const told = tokens.claims();
      if (told === undefined) throw new Error('the provider sent no ID token');
      const asked =
        config.serverMetadata().userinfo_endpoint === undefined
          ? {}
          : await oidc.fetchUserInfo(config, tokens.access_token, told.sub);
      return personOf(told.iss, told.sub, { ...asked, ...told }, settings.claim);
    },
  };
}

async function discover(
  { issuer, clientId, clientSecret }: OidcSettings,
  { answerSeconds, mostAnswerBytes }: Bounds,
): Promise<oidc.Configuration> {
  const config = await oidc.discovery(issuer, clientId, clientSecret, authOf(clientSecret), {
    timeout: answerSeconds,
    [oidc.customFetch]: boundedFetch(mostAnswerBytes),
    execute: [
      oidc.enableNonRepudiationChecks,
      ...(issuer.protocol === 'http:' ? [oidc.allowInsecureRequests] : []), // of this machine: oidc-settings.ts
    ],
  });
  const { issuer: called } = config.serverMetadata();
  // the library lets some addresses stand for issuers of many organisations, of which anybody may own one
  if (new URL(called).href !== issuer.href)
    throw new Error(`OIDC_ISSUER is ${issuer.href}, and who is there calls itself ${called}`);
  return config;
}

function boundedFetch(mostBytes: number): oidc.CustomFetch {
  return async (url, options) => {
    const answer = await fetch(url, options);
    const parts: Uint8Array[] = [];
    let bytes = 0;
    for await (const part of answer.body ?? []) {
      bytes += part.byteLength;
      if (bytes > mostBytes) throw new Error(`the provider’s answer is larger than ${mostBytes} bytes`);
      parts.push(part);
    }
    const { status, headers } = answer;
    return new Response(bytes === 0 ? null : Buffer.concat(parts), { status, headers });
  };
}

/** As the provider takes it: without a word of it, in the header (OpenID Connect Discovery, 3). */
function authOf(secret: string | undefined): oidc.ClientAuth {
  if (secret === undefined) return oidc.None();
  const [inHeader, inBody] = [oidc.ClientSecretBasic(secret), oidc.ClientSecretPost(secret)];
  return (server, ...rest) => {
    const taken = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic'];
    return (taken.includes('client_secret_basic') ? inHeader : inBody)(server, ...rest);
  };
}

type Claims = Readonly<Record<string, unknown>>;

function personOf(issuer: string, subject: string, claims: Claims, claim: string): Person {
  if (!/^[\x20-\x7e]{1,255}$/.test(subject))
    throw new Error('the provider’s sub is none: up to 255 characters of ASCII (OpenID Connect Core, 2)');
  const { preferred_username: called, email, name } = claims;
  return {
    issuer,
    subject,
    names: [called, email, name].filter((one) => typeof one === 'string'),
    // an address that nobody checked is anybody's
    values: claim === 'email' && claims.email_verified !== true ? [] : textsOf(claims, claim),
  };
}

/** A claim's texts: of an array, or one by itself. Its name may have dots, or be a path into objects. */
function textsOf(claims: Claims, path: string): string[] {
  const within = (from: unknown, name: string): unknown =>
    typeof from === 'object' && from !== null && Object.hasOwn(from, name)
      ? (from as Claims)[name]
      : undefined;
  const found = within(claims, path) ?? path.split('.').reduce(within, claims);
  return [found].flat().filter((value) => typeof value === 'string');
}

/** It doesn't answer, or says that it can't just now. */
export function isAway(error: unknown): boolean {
  if (error instanceof oidc.ResponseBodyError) return error.status >= 500;
  if (error instanceof oidc.ClientError)
    return error.code === 'OAUTH_TIMEOUT' || (error.cause instanceof Response && error.cause.status >= 500);
  return error instanceof TypeError && ['fetch failed', 'terminated'].includes(error.message);
}

/** For the log: what it says for itself, and neither code nor token. */
export function whyNot(error: unknown): string {
  if (error instanceof oidc.ResponseBodyError) return `the provider says ${error.error} (${error.status})`;
  if (error instanceof oidc.ClientError && error.cause instanceof Response)
    return `the provider answered with the status ${error.cause.status}`;
  return causeOf(error);
}
