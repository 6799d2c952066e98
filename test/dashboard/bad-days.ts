// Days on which something is wrong with the coordinator, its database, the browser's clock or the key, and groups of nobody or of ten
// thousand: the page says what is wrong, keeps what it shows, and goes on by itself.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runSql } from '@colora/coordinator/testing/databases';
import { findings } from '../support/chromium.ts';
import { makeGroup } from '../support/system.ts';
import { goTo, looks, type Scene, shiftSince, signIn } from './scene.ts';

const away = 'The coordinator doesn’t answer';
const databaseAway = 'The coordinator’s database is away';

/** `nobody`: a group without a member. */
export function badDays({ system, openPage, signedIn }: Scene, nobody: string): void {
  const withoutServer = () => (system.databaseUrl === null ? 'the embedded database is no server' : false);

  test('a key that is revoked while its page is open: the sign-in page says so', async () => {
    const { id, key } = await system.admin.call('createKey', { body: { role: 'operator', name: 'olga' } });
    const page = await signedIn(looks[0], key);
    await system.admin.call('revokeKey', { params: { id } });
    await page.getByText('You are signed out').waitFor();
    assert.deepEqual(await findings(page), []);
    await signIn(page, key);
    await page.getByText('The API key is unknown or revoked').waitFor();
    await page.context().close();
  });

  test('a browser whose clock is a day ahead, a tab that sleeps for another day, and a group that isn’t there', async () => {
    await makeGroup(system, 'asleep');
    const page = await openPage();
    await page.clock.install({ time: Date.now() + 24 * 3600 * 1000 });
    await page.routeWebSocket('**/socket.io/**', (line) => line.close());
    await page.goto(system.url);
    await signIn(page);
    await page.getByText('This computer’s clock is').waitFor();
    await goTo(page, '#/groups/reviews/members', 'ada');
    assert.equal(await page.getByText(/^1 d ago$/).count(), 0);
    await goTo(page, '#/groups/asleep', 'Nobody has joined yet');
    await system.admin.call('pauseGroup', { params: { group: 'asleep' } });
    await page.clock.fastForward('24:00:00'); // no timer ran meanwhile: each that is due runs once
    await page.locator('.chip', { hasText: 'paused' }).first().waitFor();
    await goTo(page, '#/groups/deleted', 'There is no such group');
    await page.context().close();
  });

  test('a coordinator that is started anew under an open page: it keeps what it shows, says so, and goes on', async () => {
    const page = await signedIn();
    await goTo(page, `#/groups/${nobody}`, 'Nobody has joined yet');
    await page.locator('.connection', { hasText: 'Live' }).waitFor();
    await system.restart(async () => {
      await page.getByText(away).waitFor({ timeout: 15_000 });
      assert.equal(await page.getByText('Nobody has joined yet').count(), 1);
      assert.deepEqual(await findings(page), []);
    });
    await page.getByText(away).waitFor({ state: 'detached', timeout: 15_000 });
    await page.locator('.connection', { hasText: 'Live' }).waitFor({ timeout: 15_000 });
    await page.context().close();
  });

  test('a database that is away: told as such, and the page goes on once it is back', async (context) => {
    if (withoutServer() !== false) return context.skip(String(withoutServer()));
    const { pathname } = new URL(system.databaseUrl ?? '');
    const name = decodeURIComponent(pathname.slice(1));
    const server = new URL('/postgres', system.databaseUrl ?? '').href;
    const page = await signedIn();
    await goTo(page, `#/groups/${nobody}`, 'Nobody has joined yet');
    await runSql(server, `ALTER DATABASE "${name}" ALLOW_CONNECTIONS false`);
    await runSql(server, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}'`);
    await page.evaluate('dispatchEvent(new Event("online"))'); // asks now, not in half a minute
    await page.getByText(databaseAway).waitFor({ timeout: 15_000 });
    assert.equal(await page.getByText('Nobody has joined yet').count(), 1);
    await runSql(server, `ALTER DATABASE "${name}" ALLOW_CONNECTIONS true`);
    await page.getByText(databaseAway).waitFor({ state: 'detached', timeout: 15_000 });
    await page.context().close();
  });

  test('ten thousand members, and the group of it all gone under the open page', async (context) => {
    if (withoutServer() !== false) return context.skip(String(withoutServer()));
    const sql = (text: string) => runSql(system.databaseUrl ?? '', text);
    await makeGroup(system, 'crowd', {}, false);
    await sql(
      `INSERT INTO "Participant" ("id", "name") SELECT 'p' || n, 'member-' || n FROM generate_series(1, 10000) n`,
    );
    await sql(`INSERT INTO "Membership" ("groupId", "participantId", "onlineUntil")
      SELECT g."id", 'p' || n, now() + interval '1 hour' FROM "TaskGroup" g, generate_series(1, 10000) n WHERE g."name" = 'crowd'`);
    const page = await signedIn(looks[1]);
    await shiftSince(page);
    await goTo(page, '#/groups/crowd', '10,000 of 10,000');
    assert.ok((await shiftSince(page)) < 0.1);
    await goTo(page, '#/groups/crowd/members', '100 of 10,000 members');
    assert.ok((await shiftSince(page)) < 0.1);
    await page.getByRole('button', { name: 'More' }).click();
    await page.getByText('page 2, 100 of 10,000 members').waitFor();
    await sql(`UPDATE "TaskGroup" SET "name" = 'crowd-no-more' WHERE "name" = 'crowd'`);
    await page.evaluate('dispatchEvent(new Event("online"))');
    await page.getByText('There is no such group').first().waitFor();
    await page.context().close();
  });
}
