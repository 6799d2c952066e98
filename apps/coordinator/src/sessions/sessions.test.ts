// Signing in by a browser: what the cookie lets in and what it doesn't, when it ends, and what pages of other sites can't do with it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { csrfHeader } from '@colora/protocol/accounts/sessions';
import { type ApiClient, createApiClient } from '@colora/protocol/api-client';
import { problemSchema } from '@colora/protocol/problems';
import { routes } from '@colora/protocol/routes';
import { io, type Socket } from 'socket.io-client';
import { usualLimits } from '../account-limits.ts';
import { buildCoordinator, type Coordinator } from '../coordinator.ts';
import { type Database, openDatabase } from '../database/open-database.ts';
import { hashSecret } from '../keys/api-keys.ts';
import { cleanUp } from '../retention/clean-up.ts';
import { openBrowser, type TestBrowser } from '../testing/browser.ts';
import { onOneDatabase } from '../testing/databases.ts';
import { adminKey, joinAs, makeGroup } from '../testing/group.ts';

/** Of a refusal. */
async function codeOf(asked: Promise<Response>): Promise<string> {
  const answer = await asked;
  const text = await answer.text();
  assert.equal(answer.ok, false, text);
  return problemSchema.parse(JSON.parse(text)).code;
}

async function status(asked: Promise<Response>): Promise<number> {
  const answer = await asked;
  await answer.arrayBuffer();
  return answer.status;
}

onOneDatabase('sessions', (database) => {
  let coordinator: Coordinator;
  let beside: Database | undefined;
  let admin: ApiClient;
  before(async () => {
    const options = await database.create();
    coordinator = await buildCoordinator({ ...options, port: 0, adminKey, logger: 'silent' });
    admin = createApiClient(coordinator.url, () => adminKey);
    if (database.kind === 'postgres') beside = await openDatabase(options);
    await makeGroup(coordinator.url);
  });
  after(async () => {
    await beside?.close();
    await coordinator.close();
  });
  const operator = (name: string) => admin.call('createKey', { body: { role: 'operator', name } });
  const signedIn = async (key: string): Promise<TestBrowser> => {
    const browser = openBrowser(coordinator.url);
    assert.equal(await status(browser.signIn(key)), 200);
    return browser;
  };
  const listen = async (
    browser: TestBrowser,
    origin: string | undefined = coordinator.url,
  ): Promise<Socket> => {
    const cookie = browser.cookie();
    const socket = io(coordinator.url, {
      transports: ['websocket'],
      reconnection: false,
      extraHeaders: { ...(cookie === null ? {} : { cookie }), ...(origin === '' ? {} : { origin }) },
    });
    await new Promise<void>((done, fail) => socket.once('connect', done).once('connect_error', fail));
    return socket;
  };
  const closed = async (socket: Socket) => {
    if (socket.connected) await new Promise<void>((done) => socket.once('disconnect', () => done()));
  };

  test('a key signs a browser in; its cookie is out of scripts’ and other sites’ reach, and kept as a hash', async () => {
    const browser = openBrowser(coordinator.url);
    const nobody = await browser.session();
    assert.equal(nobody.signedIn, null);
    assert.ok(Math.abs(Date.parse(nobody.now) - Date.now()) < 60_000);
    assert.equal(await codeOf(browser.ask('GET', '/v1/groups')), 'missing-key');
    assert.equal(await codeOf(browser.signIn('colora_a_guess')), 'invalid-key');
    assert.equal(browser.cookie(), null);
    const answer = await browser.signIn(adminKey);
    const [header = '', ...more] = answer.headers.getSetCookie();
    assert.equal(more.length, 0);
    const port = new URL(coordinator.url).port;
    const form = `^colora-session-${port}=[\\w-]{43}; Path=/; Max-Age=604800; HttpOnly; SameSite=Strict$`;
    assert.match(header, new RegExp(form));
    const token = /=([\w-]{43})/.exec(header)![1]!;
    assert.equal((await answer.text()).includes(token), false);
    const { signedIn } = await browser.session();
    assert.deepEqual([signedIn?.role, signedIn?.name, signedIn?.groups], ['admin', 'preset-admin', null]);
    assert.equal(await status(browser.ask('GET', '/v1/groups')), 200);
    assert.equal(await status(browser.ask('POST', '/v1/groups/group/pause')), 200);
    assert.equal(await status(browser.ask('POST', '/v1/groups/group/start')), 200);
    // and no key
    const asKey = fetch(`${coordinator.url}/v1/me`, { headers: { authorization: `Bearer ${token}` } });
    assert.equal(await codeOf(asKey), 'invalid-key');
    const rows = (await beside?.client.session.findMany()) ?? [];
    assert.equal(JSON.stringify(rows).includes(token), false);
    if (beside !== undefined) assert.ok(rows.some(({ hash }) => hash === hashSecret(token)));
    const trail = await admin.call('listAudit', { query: { kind: 'signed-in' } });
    assert.equal(trail.items[0]?.by, 'preset-admin');
    assert.match(trail.items[0]?.address ?? '', /127\.0\.0\.1/);
  });

  test('a change is taken from our own page with its session’s token alone', async () => {
    const [browser, other] = [await signedIn(adminKey), await signedIn(adminKey)];
    const token = (await other.session()).signedIn!.session!.csrfToken;
    const pause = (headers: Record<string, string>) =>
      browser.ask('POST', '/v1/groups/group/pause', undefined, headers);
    for (const wrong of ['', 'guess', token, `${token}x`])
      assert.equal(await codeOf(pause({ [csrfHeader]: wrong })), 'csrf-token-needed', wrong);
    const foreign = ['https://evil.example', 'null', coordinator.url.replace(/\d+$/, '1')];
    for (const origin of foreign) assert.equal(await codeOf(pause({ origin })), 'foreign-site', origin);
    assert.equal(await codeOf(pause({ 'sec-fetch-site': 'same-site' })), 'foreign-site');
    // no browser leaves Origin out of a change
    const cookie = browser.cookie()!;
    const bare = { cookie, [csrfHeader]: (await browser.session()).signedIn!.session!.csrfToken };
    const asked = () => fetch(`${coordinator.url}/v1/groups/group/pause`, { method: 'POST', headers: bare });
    assert.equal(await codeOf(asked()), 'foreign-site');
    // what a page of another site makes the browser read is read as nobody
    for (const site of ['same-site', 'cross-site']) {
      const read = browser.ask('GET', '/v1/groups', undefined, { 'sec-fetch-site': site });
      assert.equal(await codeOf(read), 'missing-key');
    }
    assert.equal((await admin.call('showGroup', { params: { group: 'group' } })).state, 'running');
    // nor does another site sign anybody in or out
    const evil = { origin: 'https://evil.example' };
    const signIn = openBrowser(coordinator.url).ask('POST', '/v1/session', { key: adminKey }, evil);
    assert.equal(await codeOf(signIn), 'foreign-site');
    assert.equal(await codeOf(browser.ask('DELETE', '/v1/session', undefined, evil)), 'foreign-site');
    const untold = browser.ask('DELETE', '/v1/session', undefined, { [csrfHeader]: '' });
    assert.equal(await codeOf(untold), 'csrf-token-needed');
  });

  test('a token that was there before signing in is none after it', async () => {
    const planted = 'A'.repeat(43);
    const port = new URL(coordinator.url).port;
    const victim = await fetch(`${coordinator.url}/v1/session`, {
      method: 'POST',
      headers: {
        ...{ cookie: `colora-session-${port}=${planted}`, origin: coordinator.url },
        'content-type': 'application/json',
      },
      body: JSON.stringify({ key: adminKey }),
    });
    assert.equal(victim.status, 200);
    assert.equal(victim.headers.getSetCookie()[0]!.includes(planted), false);
    const withCookie = (cookie: string) => fetch(`${coordinator.url}/v1/me`, { headers: { cookie } });
    assert.equal(await codeOf(withCookie(`colora-session-${port}=${planted}`)), 'invalid-key');
    // who signs in again leaves the session before
    const browser = await signedIn(adminKey);
    const before = browser.cookie()!;
    assert.equal(await status(browser.signIn(adminKey)), 200);
    assert.notEqual(browser.cookie(), before);
    assert.equal(await codeOf(withCookie(before)), 'invalid-key');
    assert.equal(await status(withCookie(browser.cookie()!)), 200);
  });

  test('signed out here, or everywhere, an old cookie lets nobody in, and sockets are cut', async () => {
    const { key } = await operator('olga');
    const browsers = [await signedIn(key), await signedIn(key), await signedIn(key)];
    const [here, there, far] = browsers as [TestBrowser, TestBrowser, TestBrowser];
    const cookie = here.cookie()!;
    const socket = await listen(here);
    assert.deepEqual(await (await here.ask('DELETE', '/v1/session')).json(), { ended: 1 });
    await closed(socket);
    assert.equal(here.cookie(), null);
    const again = fetch(`${coordinator.url}/v1/me`, { headers: { cookie } });
    assert.equal(await codeOf(again), 'invalid-key');
    assert.equal((await here.session()).signedIn, null);
    const sockets = [await listen(there), await listen(far)];
    const listed = await (await there.ask('GET', '/v1/sessions')).json();
    const own = routes.listSessions.answer.parse(listed);
    assert.deepEqual([own.total, own.items.map(({ isOwn }) => isOwn)], [2, [false, true]]);
    assert.match(own.items[0]?.address ?? '', /127\.0\.0\.1/);
    assert.deepEqual(await (await there.ask('DELETE', '/v1/sessions')).json(), { ended: 2 });
    await Promise.all(sockets.map(closed));
    for (const browser of [there, far])
      assert.equal(await codeOf(browser.ask('GET', '/v1/me')), 'invalid-key');
    assert.equal((await createApiClient(coordinator.url, () => key).call('whoAmI', {})).name, 'olga');
    assert.equal((await admin.call('listAudit', { query: { kind: 'sessions-ended' } })).items[0]?.by, 'olga');
  });

  test('an admin sees and ends anybody’s; others their own alone', async () => {
    const [ann, bob] = [await operator('ann'), await operator('bob')];
    const [hers, his] = [await signedIn(ann.key), await signedIn(bob.key)];
    const { id } = (await his.session()).signedIn!.session!;
    assert.equal(await codeOf(hers.ask('GET', '/v1/sessions?whose=all')), 'wrong-role');
    assert.equal(await codeOf(hers.ask('DELETE', '/v1/sessions?whose=all')), 'wrong-role');
    assert.equal(await codeOf(hers.ask('DELETE', `/v1/sessions/${id}`)), 'unknown-session');
    const { items } = await admin.call('listSessions', { query: { whose: 'all', limit: 1000 } });
    assert.equal(items.find((session) => session.id === id)?.name, 'bob');
    assert.deepEqual(await admin.call('endSession', { params: { id } }), { ended: 1 });
    assert.equal(await codeOf(his.ask('GET', '/v1/me')), 'invalid-key');
    assert.equal(await status(hers.ask('GET', '/v1/me')), 200);
    assert.ok((await admin.call('endSessions', { query: { whose: 'all' } })).ended >= 1);
    assert.equal(await codeOf(hers.ask('GET', '/v1/me')), 'invalid-key');
  });

  test('a key that is revoked or over ends its sessions at once', async () => {
    const { id, key } = await operator('otto');
    const browser = await signedIn(key);
    const socket = await listen(browser);
    await admin.call('revokeKey', { params: { id } });
    await closed(socket);
    assert.equal(await codeOf(browser.ask('GET', '/v1/groups')), 'invalid-key');
    assert.equal((await browser.session()).signedIn, null);
    const next = await operator('otto');
    const later = await signedIn(next.key);
    await admin.call('rotateKey', { params: { id: next.id }, body: { overlapSeconds: 0 } });
    assert.equal(await codeOf(later.ask('GET', '/v1/groups')), 'invalid-key');
    const { items } = await admin.call('listSessions', { query: { whose: 'all', limit: 1000 } });
    assert.equal(
      items.some(({ name }) => name === 'otto'),
      false,
    );
  });

  test('a socket is let in by the cookie of our own page, and hears what its role may', async () => {
    const ada = await joinAs(coordinator.url, 'ada');
    await makeGroup(coordinator.url, { name: 'other' });
    const browser = await signedIn(ada.key);
    assert.equal((await browser.session()).signedIn?.participant, 'ada');
    await assert.rejects(listen(openBrowser(coordinator.url)), /missing-key/);
    await assert.rejects(listen(browser, 'https://evil.example'), /foreign-site/);
    await assert.rejects(listen(browser, ''), /foreign-site/);
    const socket = await listen(browser);
    const heard: string[] = [];
    const changed = new Promise<void>((done) => {
      socket.on('group:changed', ({ group }: { group: string }) => {
        heard.push(group);
        if (group === 'group') done();
      });
    });
    for (const group of ['other', 'group']) await admin.call('pauseGroup', { params: { group } });
    await changed;
    assert.deepEqual(heard, ['group']);
    socket.close();
  });

  test('a session that isn’t used ends, one that is goes on to its last day, and none is kept for ever', async (t) => {
    if (beside === undefined) return t.skip('needs a second connection to the database');
    const { client: db } = beside;
    const [idle, used] = [await signedIn(adminKey), await signedIn(adminKey)];
    const idOf = async (browser: TestBrowser) => (await browser.session()).signedIn!.session!.id;
    const [idleId, usedId] = [await idOf(idle), await idOf(used)];
    const cut = await listen(idle);
    const hour = 3_600_000;
    const at = (ms: number) => new Date(Date.now() + ms);
    await db.session.update({ where: { id: idleId }, data: { expiresAt: at(-1) } });
    await closed(cut); // the watch over keys found it
    assert.equal(await codeOf(idle.ask('GET', '/v1/me')), 'invalid-key');
    await db.session.update({
      where: { id: usedId },
      data: { lastUsedAt: at(-2 * hour), expiresAt: at(6 * hour), endsAt: at(24 * hour) },
    });
    await new Promise((done) => setTimeout(done, 5_100)); // who was let in is remembered for so long
    assert.equal(await status(used.ask('GET', '/v1/me')), 200);
    const row = await db.session.findUniqueOrThrow({ where: { id: usedId } });
    assert.ok(Math.abs(row.expiresAt.getTime() - at(12 * hour).getTime()) < 60_000, 'put off');
    await db.session.update({
      where: { id: usedId },
      data: { lastUsedAt: at(-2 * hour), endsAt: at(hour) },
    });
    await new Promise((done) => setTimeout(done, 5_100));
    assert.equal(await status(used.ask('GET', '/v1/me')), 200);
    const last = (await used.session()).signedIn?.session;
    assert.equal(last?.expiresAt, last?.endsAt);
    await db.session.updateMany({ where: { id: idleId }, data: { expiresAt: at(-25 * hour) } });
    await cleanUp({ db, limits: usualLimits }, new Date());
    assert.equal(await db.session.count({ where: { id: { in: [idleId, usedId] } } }), 1);
  });
});
