// How people may sign in by OpenID Connect, from the coordinator's settings: which provider, as which client, and which of its claims
// gives which role. What a provider says is read in oidc-client.ts.
import { readFileSync } from 'node:fs';
import { type Role, roleSchema } from '@colora/protocol/accounts/roles';
import { nameSchema } from '@colora/protocol/bounds/bounded';
import { sessionRows } from '@colora/protocol/route/session-rows';
import { z } from 'zod';
import { StartError } from '../start-error.ts';

const text = z.string().optional();

/** The variables of the environment that set them. */
export const oidcVariables = {
  /** The provider's address, as it calls itself. */
  OIDC_ISSUER: text,
  OIDC_CLIENT_ID: text,
  /** Without one the client is a public one, which PKCE alone protects. */
  OIDC_CLIENT_SECRET: text,
  OIDC_CLIENT_SECRET_FILE: text,
  /** Who may do what: values of the claim, each with a role. */
  OIDC_ROLES: text,
  OIDC_CLAIM: text,
  OIDC_SCOPES: text,
  /** What the page calls the provider. */
  OIDC_NAME: text,
};

export type GivenOidc = Readonly<z.output<z.ZodObject<typeof oidcVariables>>>;

export interface OidcSettings {
  readonly issuer: URL;
  readonly clientId: string;
  /** Without one the client is a public one, which PKCE alone protects. */
  readonly clientSecret: string | undefined;
  readonly rules: readonly RoleRule[];
  /** The claim that the rules are about, with dots into objects (realm_access.roles). */
  readonly claim: string;
  readonly scopes: string;
  /** What the page calls the provider. */
  readonly name: string;
  /** Where a browser begins, and where the provider sends it back to. */
  readonly startUrl: string;
  readonly redirectUri: string;
}

/** Who has `value` among the claim's may do so much, for some groups or all (null). */
export interface RoleRule {
  readonly value: string;
  readonly role: Exclude<Role, 'participant'>;
  readonly groups: readonly string[] | null;
}

/** Null where no provider is named. Throws StartError. */
export function readOidc(given: GivenOidc, publicUrl: string | undefined): OidcSettings | null {
  const { OIDC_ISSUER, OIDC_CLIENT_ID, OIDC_ROLES, OIDC_SCOPES: scopes = 'openid profile email' } = given;
  if (OIDC_ISSUER === undefined) return null;
  const issuer = readIssuer(OIDC_ISSUER);
  if (OIDC_CLIENT_ID === undefined)
    throw new StartError('OIDC_ISSUER needs OIDC_CLIENT_ID: the client as its provider knows it');
  if (OIDC_ROLES === undefined)
    throw new StartError(
      'OIDC_ISSUER needs OIDC_ROLES, or nobody could sign in by it: colora-admins=admin; colora-team=operator',
    );
  if (publicUrl === undefined)
    throw new StartError(
      'OIDC_ISSUER needs PUBLIC_URL (--public-url): where the provider sends browsers back to, such as https://colora.example.org',
    );
  if (!scopes.split(/\s+/).includes('openid'))
    throw new StartError(
      'OIDC_SCOPES needs openid among them: without it the provider says nothing of who signs in',
    );
  return {
    issuer,
    clientId: OIDC_CLIENT_ID,
    clientSecret: readSecret(given),
    rules: readRules(OIDC_ROLES),
    claim: given.OIDC_CLAIM ?? 'groups',
    scopes,
    name: given.OIDC_NAME ?? issuer.hostname,
    startUrl: publicUrl + sessionRows.startOidc.path,
    redirectUri: publicUrl + sessionRows.finishOidc.path,
  };
}

function readIssuer(given: string): URL {
  const url = URL.canParse(given) ? new URL(given) : null;
  const isHere = url !== null && /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname);
  if (url?.protocol === 'https:' || (url?.protocol === 'http:' && isHere)) return url;
  throw new StartError(
    `OIDC_ISSUER: ${JSON.stringify(given)} is no https:// address of a provider (http:// is for one on this machine alone)`,
  );
}

function readSecret({ OIDC_CLIENT_SECRET, OIDC_CLIENT_SECRET_FILE }: GivenOidc): string | undefined {
  if (OIDC_CLIENT_SECRET_FILE === undefined) return OIDC_CLIENT_SECRET;
  if (OIDC_CLIENT_SECRET !== undefined)
    throw new StartError('give one of OIDC_CLIENT_SECRET and OIDC_CLIENT_SECRET_FILE');
  try {
    const secret = readFileSync(OIDC_CLIENT_SECRET_FILE, 'utf8').trim();
    if (secret !== '') return secret;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new StartError(`OIDC_CLIENT_SECRET_FILE cannot be read (${why})`);
  }
  throw new StartError(`OIDC_CLIENT_SECRET_FILE: ${OIDC_CLIENT_SECRET_FILE} is empty`);
}

/** `value=role` with `;` between, and `value=role:group,group` for some groups alone. */
function readRules(given: string): RoleRule[] {
  const parts = given.split(';').map((part) => part.trim());
  const rules = parts.filter((part) => part !== '').map(readRule);
  if (rules.length > 0) return rules;
  throw new StartError('OIDC_ROLES has no rule: write such as colora-admins=admin; colora-team=operator');
}

function readRule(given: string): RoleRule {
  const [, value = '', roleText = '', groupsText] = /^(.+)=\s*(\w+)\s*(?::(.*))?$/.exec(given) ?? [];
  const role = roleSchema.exclude(['participant']).safeParse(roleText);
  const groups = groupsText?.split(',').map((name) => nameSchema.safeParse(name.trim()));
  if (value.trim() === '' || !role.success || groups?.some(({ success }) => !success) === true)
    throw new StartError(
      `OIDC_ROLES: ${JSON.stringify(given)} is no rule: write the claim's value, = and admin or operator, and for some groups alone : and their names (clinic-a=operator:reviews,triage)`,
    );
  return { value: value.trim(), role: role.data, groups: groups?.map(({ data }) => data!) ?? null };
}

export interface Granted {
  readonly role: RoleRule['role'];
  readonly groups: readonly string[] | null;
}

/**
 * What somebody with these values may do; null: nothing. A role for all groups goes before one for some, the admin's before the
 * operator's; groups of the role that is given are put together.
 */
export function grantedBy(rules: readonly RoleRule[], values: readonly string[]): Granted | null {
  const fitting = rules.filter(({ value }) => values.includes(value));
  for (const isForAll of [true, false])
    for (const role of ['admin', 'operator'] as const) {
      const same = fitting.filter((rule) => rule.role === role && (rule.groups === null) === isForAll);
      if (same.length > 0)
        return {
          role,
          groups: isForAll ? null : [...new Set(same.flatMap(({ groups }) => groups ?? []))].sort(),
        };
    }
  return null;
}
