// Signing in by OpenID Connect against a real provider (oidc-provider) in this process, by the whole code flow over HTTP: who gets which
// role, and what a code, a state or a cookie is good for a second time, in another browser, or made up.
import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { type ApiClient, createApiClient } from '@colora/protocol/api-client';
import Provider from 'oidc-provider';
import { buildCoordinator, type Coordinator } from '../coordinator.ts';
import { createServiceLog } from '../log/service-log.ts';
import { createOidcClient, isAway } from '../oidc/oidc-client.ts';
import { type GivenOidc, readOidc } from '../oidc/oidc-settings.ts';
import { openBrowser, type TestBrowser } from '../testing/browser.ts';
import { onOneDatabase } from '../testing/databases.ts';
import { adminKey, makeGroup } from '../testing/group.ts';

const clientSecret = 'a-secret-of-the-client-for-tests-0123456789';

const given = (issuer: string): GivenOidc => ({
  OIDC_ISSUER: issuer,
  OIDC_CLIENT_ID: 'colora',
  OIDC_CLIENT_SECRET: clientSecret,
  OIDC_ROLES: 'colora-admins=admin; colora-team=operator; clinic-a=operator:reviews',
  OIDC_NAME: 'the clinic',
});

/** What the provider says of people; a test may change it. */
const people: Record<string, Readonly<Record<string, unknown>> & { groups?: unknown }> = {
  ada: { preferred_username: 'Ada Lovelace', groups: ['staff', 'colora-admins'] },
  otto: { preferred_username: 'otto', groups: 'colora-team' },
  nora: { preferred_username: 'nora', groups: ['staff'] },
  cleo: { preferred_username: 'cleo', groups: ['clinic-a'] },
  mona: { email: 'mona@example.org', email_verified: true },
  fake: { email: 'mona@example.org', email_verified: false },
  vague: { email: 'mona@example.org' },
};

async function startProvider(): Promise<{
  readonly issuer: string;
  readonly server: Server;
  redirectTo(uri: string): void;
}> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const redirectTo = (uri: string) => {
    const provider = new Provider(issuer, {
      clients: [{ client_id: 'colora', client_secret: clientSecret, redirect_uris: [uri] }],
      claims: {
        openid: ['sub'],
        profile: ['preferred_username', 'groups'],
        email: ['email', 'email_verified'],
      },
      findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, ...people[id] }) }),
      cookies: { keys: ['for tests'] },
    });
    server.on('request', provider.callback());
  };
  return { issuer, server, redirectTo };
}

/** A person at the provider: signs in with her name, agrees, and is sent back. Returns where to. */
async function signInAt(url: string, login: string): Promise<string> {
  const cookies = new Map<string, string>();
  let at = url;
  let form: string | undefined;
  for (let steps = 0; steps < 12; steps += 1) {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const sent = { 'content-type': 'application/x-www-form-urlencoded' };
    const answer = await fetch(at, {
      redirect: 'manual',
      headers: { cookie, ...(form === undefined ? {} : sent) },
      ...(form === undefined ? {} : { method: 'POST', body: form }),
    });
    for (const line of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      cookies.set(name, value);
    }
    const location = answer.headers.get('location');
    if (location === null) {
      const page = await answer.text();
      const prompt = /name="prompt" value="(\w+)"/.exec(page)?.[1];
      assert.ok(prompt, page);
      form = `prompt=${prompt}&login=${login}&password=x`;
      at = new URL(/action="([^"]+)"/.exec(page)![1]!, at).href;
      continue;
    }
    form = undefined;
    at = new URL(location, at).href;
    if (at.includes('/v1/session/oidc/callback')) return at;
  }
  throw new Error('the provider sent nobody back');
}

onOneDatabase('sign-in by OpenID Connect', (database) => {
  let provider: Awaited<ReturnType<typeof startProvider>>;
  let coordinator: Coordinator;
  let admin: ApiClient;
  const lines: string[] = [];
  before(async () => {
    provider = await startProvider();
    const port = await freePort();
    const publicUrl = `http://127.0.0.1:${port}`;
    provider.redirectTo(`${publicUrl}/v1/session/oidc/callback`);
    coordinator = await buildCoordinator({
      ...(await database.create()),
      ...{ port, publicUrl, adminKey },
      logger: createServiceLog({ level: 'trace', out: { write: (line) => lines.push(line) } }),
      oidc: given(provider.issuer),
    });
    admin = createApiClient(coordinator.url, () => adminKey);
    await makeGroup(coordinator.url, { name: 'reviews' });
    await makeGroup(coordinator.url, { name: 'triage' });
  });
  after(async () => {
    await coordinator?.close();
    provider.server.closeAllConnections();
    provider.server.close();
  });
  const pathOf = (url: string) => url.slice(coordinator.url.length);
  /** Off to the provider. */
  const begin = async (browser: TestBrowser) => {
    const answer = await browser.ask('GET', '/v1/session/oidc?next=https://evil.example');
    assert.equal(answer.status, 303);
    return answer.headers.get('location')!;
  };
  /** As the browser comes back: by a page of the provider. */
  const finish = async (browser: TestBrowser, url: string) => {
    const answer = await browser.ask('GET', pathOf(url), undefined, { 'sec-fetch-site': 'cross-site' });
    assert.equal(answer.status, 303, await answer.text());
    return answer.headers.get('location');
  };
  const signIn = async (login: string) => {
    const browser = openBrowser(coordinator.url);
    const to = await finish(browser, await signInAt(await begin(browser), login));
    return { browser, to };
  };

  test('the whole code flow: what somebody may do follows from the provider’s claim', async () => {
    const nobody = openBrowser(coordinator.url);
    assert.deepEqual((await nobody.session()).oidc, {
      name: 'the clinic',
      url: `${coordinator.url}/v1/session/oidc`,
    });
    const asked = new URL(await begin(nobody)).searchParams;
    for (const name of ['state', 'nonce', 'code_challenge'])
      assert.match(asked.get(name) ?? '', /^[\w-]{43}$/);
    assert.equal(asked.get('code_challenge_method'), 'S256');
    assert.equal(asked.get('redirect_uri'), `${coordinator.url}/v1/session/oidc/callback`);
    const ada = await signIn('ada');
    assert.equal(ada.to, '/');
    const { signedIn } = await ada.browser.session();
    assert.deepEqual([signedIn?.name, signedIn?.role, signedIn?.groups], ['ada_lovelace', 'admin', null]);
    assert.equal((await ada.browser.ask('POST', '/v1/groups/reviews/pause')).status, 200);
    const otto = await signIn('otto');
    assert.equal((await otto.browser.session()).signedIn?.role, 'operator');
    const cleo = await signIn('cleo');
    const hers = (await cleo.browser.session()).signedIn;
    assert.deepEqual([hers?.role, hers?.groups], ['operator', ['reviews']]);
    assert.equal((await cleo.browser.ask('GET', '/v1/groups/triage')).status, 404);
    assert.equal((await signIn('nora')).to, '/?sign-in=no-role');
    const trail = await admin.call('listAudit', { query: { kind: 'signed-in' } });
    assert.deepEqual([...new Set(trail.items.map(({ by }) => by))].sort(), ['ada_lovelace', 'cleo', 'otto']);
    assert.match(trail.items[0]?.detail ?? '', /"way": ?"oidc"/);
  });

  test('a code, its state and its cookie are good once, in the browser that began, and whole', async () => {
    const browser = openBrowser(coordinator.url);
    const back = await signInAt(await begin(browser), 'otto');
    const flow = browser.cookie()!;
    // somebody else is handed the address: signing her in as him, or him in elsewhere
    assert.equal(await finish(openBrowser(coordinator.url), back), '/?sign-in=stale');
    const victim = openBrowser(coordinator.url);
    await begin(victim);
    assert.equal(await finish(victim, back), '/?sign-in=failed');
    assert.equal((await victim.session()).signedIn, null);
    const other = openBrowser(coordinator.url);
    const changed = new URL(back);
    changed.searchParams.set('state', 'A'.repeat(43));
    const began = { cookie: flow };
    const tampered = await other.ask('GET', pathOf(changed.href), undefined, began);
    assert.equal(tampered.headers.get('location'), '/?sign-in=failed');
    assert.equal(await finish(browser, back), '/');
    const session = browser.cookie();
    // again, with all that the first time had
    const again = await other.ask('GET', pathOf(back), undefined, began);
    assert.equal(again.headers.get('location'), '/?sign-in=failed');
    assert.equal(other.cookie(), null);
    assert.equal(await finish(browser, back), '/?sign-in=stale', 'its own browser has the cookie no more');
    assert.equal(browser.cookie(), session);
    // made up, and late
    const madeUp = openBrowser(coordinator.url);
    const port = new URL(coordinator.url).port;
    const old = `colora-sign-in-${port}=${Date.now() - 601_000}.${'A'.repeat(43)}`;
    const late = await madeUp.ask('GET', pathOf(back), undefined, { cookie: old });
    assert.equal(late.headers.get('location'), '/?sign-in=stale');
    const denied = await madeUp.ask('GET', '/v1/session/oidc/callback?error=access_denied&state=x');
    assert.equal(denied.headers.get('location'), '/?sign-in=denied');
    const elsewhere =
      '/v1/session/oidc/callback?error=//evil.example&next=//evil.example&redirect_uri=//evil.example';
    assert.equal((await madeUp.ask('GET', elsewhere)).headers.get('location'), '/?sign-in=failed');
  });

  test('another role at the provider is one here from the next sign-in on, and none ends what goes on', async () => {
    const first = await signIn('otto');
    const { id } = (await first.browser.session()).signedIn!.session!;
    people.otto!.groups = ['colora-admins'];
    const second = await signIn('otto');
    for (const { browser } of [first, second])
      assert.equal((await browser.session()).signedIn?.role, 'admin');
    const changed = (await admin.call('listAudit', { query: { kind: 'key-changed' } })).items[0];
    assert.match(`${changed?.before} ${changed?.after}`, /operator.*admin/);
    people.otto!.groups = undefined;
    assert.equal((await signIn('otto')).to, '/?sign-in=no-role');
    assert.equal((await first.browser.session()).signedIn, null);
    const { items } = await admin.call('listSessions', { query: { whose: 'all' } });
    assert.equal(
      items.some((session) => session.id === id),
      false,
    );
  });

  test('whose key an admin revoked stays out; it has no text, is no last admin key, and isn’t rotated', async () => {
    const ada = await signIn('ada');
    assert.equal((await ada.browser.session()).signedIn?.role, 'admin');
    const keys = (await admin.call('listKeys', { query: { limit: 1000 } })).items;
    const hers = keys.find(({ name }) => name === 'ada_lovelace')!;
    assert.match(hers.subject ?? '', / ada$/);
    const rotate = await ada.browser.ask('POST', '/v1/keys/own/rotate', {});
    assert.equal(rotate.status, 404);
    const preset = keys.find(({ name }) => name === 'preset-admin')!;
    await assert.rejects(admin.call('revokeKey', { params: { id: preset.id } }), /last admin key/);
    await admin.call('revokeKey', { params: { id: hers.id } });
    assert.equal((await ada.browser.session()).signedIn, null);
    assert.equal((await signIn('ada')).to, '/?sign-in=revoked');
    const readmit = { readmit: 'true' };
    await assert.rejects(
      admin.call('revokeKey', { params: { id: preset.id }, query: { ...readmit, force: 'true' } }),
      /nobody signs in/,
    );
    const left = await admin.call('revokeKey', { params: { id: hers.id }, query: readmit });
    assert.ok(left.revokedAt !== null);
    assert.equal((await signIn('ada')).to, '/');
    const again = (await admin.call('listKeys', { query: { limit: 1000 } })).items;
    const called = again.filter(({ name }) => name === 'ada_lovelace');
    assert.deepEqual(
      called.map(({ revokedAt }) => revokedAt !== null),
      [true, false],
    );
  });

  test('an address that nobody checked gives no role, nor does another issuer’s word', async () => {
    const client = createOidcClient(
      readOidc({ ...given(provider.issuer), OIDC_CLAIM: 'email' }, coordinator.url)!,
    );
    const backOf = async (login: string) =>
      new URL(await signInAt((await client.signInUrl(bonds)).href, login)).searchParams;
    for (const [login, values] of [
      ['mona', ['mona@example.org']],
      ['fake', []],
      ['vague', []],
    ] as const)
      assert.deepEqual((await client.personOf(await backOf(login), bonds)).values, values);
    const back = await backOf('mona');
    back.set('iss', 'https://another.example.org'); // RFC 9207
    await assert.rejects(client.personOf(back, bonds), (error) => !isAway(error));
    await answering(JSON.stringify({ issuer: 'https://another.example.org' }), async (issuer) => {
      const lied = createOidcClient(readOidc(given(issuer), coordinator.url)!);
      await assert.rejects(lied.signInUrl(bonds), (error) => !isAway(error));
    });
  });

  test('a provider’s answer that is too large, or never ends, is given up', async () => {
    await answering(`{"issuer":"${'x'.repeat(1_000_001)}"}`, async (issuer) => {
      const client = createOidcClient(readOidc(given(issuer), coordinator.url)!);
      await assert.rejects(client.signInUrl(bonds), (error) =>
        /larger than 1000000 bytes/.test(String(error) + String((error as Error).cause)),
      );
    });
    await answering(null, async (issuer) => {
      const within = { answerSeconds: 0.3, mostAnswerBytes: 1000 };
      const client = createOidcClient(readOidc(given(issuer), coordinator.url)!, within);
      await assert.rejects(client.signInUrl(bonds), isAway);
    });
  });

  test('a provider that is away is told as that, and is asked again; nothing of a sign-in is in the log', async () => {
    const browser = openBrowser(coordinator.url);
    const back = await signInAt(await begin(browser), 'otto');
    const flow = browser.cookie()!;
    const client = createOidcClient(readOidc(given(provider.issuer), coordinator.url)!);
    const handlers = provider.server.listeners('request');
    provider.server.removeAllListeners('request');
    provider.server.on('request', (_, answer) => answer.writeHead(503).end());
    assert.equal(await finish(browser, back), '/?sign-in=unavailable');
    await assert.rejects(client.signInUrl(bonds), isAway);
    for (const handler of handlers)
      provider.server.removeAllListeners('request').on('request', handler as () => void);
    assert.equal((await client.signInUrl(bonds)).origin, provider.issuer);
    const nowhere = createOidcClient(
      readOidc(given(`http://127.0.0.1:${await freePort()}`), coordinator.url)!,
    );
    await assert.rejects(nowhere.signInUrl(bonds), isAway);
    // all tests before this one have written it
    assert.ok(lines.some((line) => line.includes('"failure":"unavailable"')));
    const { code, state } = Object.fromEntries(new URL(back).searchParams);
    for (const secret of [code!, state!, flow, clientSecret])
      assert.deepEqual(
        lines.filter((line) => line.includes(secret)),
        [],
      );
  });
});

const bonds = { state: 'state', nonce: 'nonce', verifier: 'v'.repeat(43) };

/** What says `body` to whoever asks; null: begins, and never ends. */
async function answering(body: string | null, during: (issuer: string) => Promise<void>): Promise<void> {
  const server = createServer((_, answer) => {
    answer.writeHead(200, { 'content-type': 'application/json' });
    if (body === null) answer.write('{');
    else answer.end(body);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  try {
    await during(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
}
