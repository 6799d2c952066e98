// The dashboard in a real browser, against a real coordinator whose members train: all pages in both themes and both widths, what
// can be done on them, and days that are bad. axe finds nothing wrong with any page, and the page's policy is never broken.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { runClient } from '@colora/client/daemon';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { buildDashboard } from '../support/build-dashboard.ts';
import { findings, openChromium, withoutChromium } from '../support/chromium.ts';
import { openGate } from '../support/gate.ts';
import { useMembers } from '../support/members.ts';
import { reviews } from '../support/people.ts';
import { adminKey, makeGroup, useSystem } from '../support/system.ts';

const looks = [
  { colorScheme: 'light', viewport: { width: 1280, height: 900 } },
  { colorScheme: 'dark', viewport: { width: 400, height: 800 } },
] as const;

/** Of right-to-left letters, and as long as a name may be. */
const people = ['ada', 'فاطمة', `zoë-${'x'.repeat(59)}`];

describe('the dashboard', { skip: withoutChromium }, () => {
  const system = useSystem();
  const members = useMembers(system);
  let browser: Browser;
  const faults: string[] = [];

  before(async () => {
    const [opened] = await Promise.all([openChromium(), buildDashboard()]);
    browser = opened;
    await makeGroup(system, 'reviews', { rounds: { count: 3, participants: people.length } });
    await makeGroup(system, 'empty', {}, false);
    await Promise.all(people.map((name, person) => runClient(optionsOf('reviews', name, person))));
  });
  after(() => browser?.close());

  const optionsOf = (group: string, name: string, person: number) =>
    members.options(group, `${person}`, {
      name,
      examples: reviews(person, 8),
      heldOut: reviews(person + 5, 4),
      backoff: { baseSeconds: 0.05, capSeconds: 0.2 },
    });

  async function openPage(context: BrowserContext): Promise<Page> {
    const page = await context.newPage();
    page.setDefaultTimeout(10_000);
    page.on('pageerror', (error) => faults.push(error.message));
    page.on('console', (message) => {
      if (/Content Security Policy|Refused to/.test(message.text())) faults.push(message.text());
    });
    return page;
  }

  async function signedIn(look: (typeof looks)[number] = looks[0], key = adminKey): Promise<Page> {
    const page = await openPage(await browser.newContext(look));
    await page.goto(system.url);
    await page.getByLabel('API key').fill(key);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { level: 1, name: 'Groups' }).waitFor();
    return page;
  }

  const goTo = async (page: Page, place: string, shows: string | RegExp) => {
    await page.goto(`${new URL(page.url()).origin}/${place}`); // of the same page: nothing is loaded anew
    await page.getByText(shows).first().waitFor();
  };

  const pages: readonly (readonly [place: string, shows: string | RegExp])[] = [
    ['#/', 'reviews'],
    ['#/groups/reviews', 'How far a round moves'],
    ['#/groups/reviews/rounds', 'Contributions'],
    ['#/groups/reviews/rounds/2', 'counted after'],
    ['#/groups/reviews/members', 'How alike members are'],
    [`#/groups/reviews/members/${encodeURIComponent(people[1]!)}`, 'Loss on her held-out examples'],
    ['#/groups/reviews/checkpoints', 'latest'],
    ['#/groups/reviews/settings', 'Batch size'],
    ['#/groups/reviews/invitations', 'No invitations yet'],
    ['#/groups/reviews/events', 'Round committed'],
    ['#/groups/empty', 'Nobody has joined yet'],
    ['#/new', 'A group is made by the command'],
    ['#/participants', 'Answered'],
    ['#/keys', 'Last used'],
    ['#/audit', 'Group created'],
    ['#/me', 'Browsers that are signed in'],
    ['#/nowhere', 'No such page'],
  ];

  for (const look of looks)
    test(`every page, ${look.colorScheme}, ${look.viewport.width} pixels wide: axe finds nothing, nothing is wider than the window`, async () => {
      const page = await signedIn(look);
      for (const [place, shows] of pages) {
        await goTo(page, place, shows);
        assert.deepEqual(await findings(page), [], place);
        const over = Number(await page.evaluate('document.documentElement.scrollWidth - innerWidth'));
        assert.ok(over <= 0, `${place} is ${over} pixels wider than the window`);
      }
      await page.context().close();
    });

  test('what an admin does: a group started, paused, extended, changed, ended', async () => {
    await makeGroup(system, 'second', { rounds: { count: 3, participants: 2 } }, false);
    const page = await signedIn();
    await goTo(page, '#/groups/second', 'Nobody has joined yet');
    await page.getByRole('button', { name: 'Start' }).click();
    await page.locator('.chip', { hasText: 'running' }).first().waitFor();
    await confirmed(page, 'Pause', 'Pause');
    await page.locator('.chip', { hasText: 'paused' }).first().waitFor();
    await page.getByRole('button', { name: 'Extend' }).click();
    await page.getByLabel('More rounds').fill('7');
    await page.getByRole('dialog').getByRole('button', { name: 'Extend' }).click();
    await page.getByText('0 of 10').waitFor();
    await page.getByRole('link', { name: 'Settings' }).click();
    await page.getByRole('button', { name: 'Change' }).click();
    await page.getByLabel('Batch size').fill('0');
    await page.getByText('The settings are not valid').waitFor();
    await page.getByLabel('Batch size').fill('7');
    await page.getByText('training.batchSize: 4 -> 7').waitFor();
    assert.deepEqual(await findings(page), []);
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('button', { name: 'Change' }).waitFor();
    const { settings } = await system.admin.call('showGroup', { params: { group: 'second' } });
    assert.equal(settings.training.batchSize, 7);
    await confirmed(page, 'End', 'End the group');
    await page.locator('.chip', { hasText: 'completed' }).first().waitFor();
    await page.context().close();
  });

  test('an invitation is shown once, and revoked; a key too', async () => {
    const page = await signedIn();
    await goTo(page, '#/groups/empty/invitations', 'Invite');
    await page.getByRole('button', { name: 'Invite' }).click();
    await page.getByRole('button', { name: 'Make the invitation' }).click();
    const link = await page.getByRole('dialog').locator('code').first().textContent();
    assert.match(link ?? '', new RegExp(`^${system.url}/join/empty#colora_i_`));
    await page.getByRole('button', { name: 'Done' }).click();
    await page.locator('.chip', { hasText: 'active' }).first().waitFor();
    assert.equal(await page.getByText(link ?? '').count(), 0);
    await confirmed(page, 'Revoke', 'Revoke');
    await page.locator('.chip', { hasText: 'revoked' }).first().waitFor();

    await goTo(page, '#/keys', 'New key');
    await page.getByRole('button', { name: 'New key' }).click();
    await page.getByLabel('Name', { exact: true }).fill('otto');
    await page.getByRole('button', { name: 'Make the key' }).click();
    assert.match((await page.getByRole('dialog').locator('code').textContent()) ?? '', /^colora_o_/);
    await page.getByRole('button', { name: 'Done' }).click();
    await confirmed(page, 'Revoke the key of otto', 'Revoke');
    await page.getByRole('row', { name: /otto/ }).getByText('revoked').waitFor();
    await page.context().close();
  });

  test('two checkpoints side by side, one taken along, one gone back to', async () => {
    const page = await signedIn();
    await goTo(page, '#/groups/reviews/checkpoints', 'latest');
    await page.getByLabel('Compare checkpoint 1').check();
    await page.getByLabel('Compare checkpoint 3').check();
    await page.getByRole('heading', { name: 'v1 against v3' }).waitFor();
    await page.getByRole('row', { name: /accuracy/ }).waitFor();
    await page.getByText('Both were made with the same settings').waitFor();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Download checkpoint 3' }).click(),
    ]);
    assert.equal(download.suggestedFilename(), 'reviews-v3.safetensors');
    await confirmed(page, 'Roll back to checkpoint 1', 'Roll back');
    await page.getByRole('row', { name: /v4 latest/ }).waitFor();
    await page.context().close();
  });

  for (const socket of ['open', 'blocked'])
    test(`rounds go on in view, the socket ${socket}`, async () => {
      const group = `live-${socket}`;
      await makeGroup(system, group, { rounds: { count: 2, participants: 2 } });
      const page = await signedIn();
      if (socket === 'blocked') {
        await page.context().route('**/socket.io/**', (route) => route.abort());
        await page.context().routeWebSocket('**/socket.io/**', (line) => line.close());
        await page.reload();
      }
      await page.locator('.connection', { hasText: socket === 'open' ? 'Live' : 'Polling' }).waitFor();
      await goTo(page, `#/groups/${group}`, 'No round can open');
      const trained = Promise.all(
        [0, 1].map((person) => runClient(optionsOf(group, `${group}-${person}`, person))),
      );
      await page.getByText('It is completed').waitFor({ timeout: 40_000 });
      await trained;
      await page.context().close();
    });

  test('a member by her own key: her own part, and nobody else’s', async () => {
    const { key } = JSON.parse(await readFile(join(system.folder, 'reviews-0', 'key.json'), 'utf8'));
    const page = await signedIn(looks[1], key);
    await goTo(page, '#/groups/reviews', 'what left it');
    for (const version of ['v1', 'v2', 'v3']) await page.getByRole('row', { name: version }).waitFor();
    await page.getByText('Did it help').waitFor();
    assert.deepEqual(await findings(page), []);
    for (const other of people.slice(1)) assert.equal(await page.getByText(other).count(), 0);
    await goTo(page, '#/keys', 'No such page');
    await page.context().close();
  });

  test('by the keyboard: past the navigation, into a dialog and out of it; a move tells where one is', async () => {
    const page = await signedIn();
    await page.reload();
    await page.getByRole('link', { name: 'reviews' }).waitFor();
    await page.keyboard.press('Tab');
    assert.equal(await focused(page), 'Skip to the content');
    await page.keyboard.press('Enter');
    await page.locator('main:focus').waitFor();
    await page.getByRole('link', { name: 'reviews' }).press('Enter');
    await page.getByRole('heading', { level: 1, name: 'reviews' }).waitFor();
    await page.locator('h1:focus').waitFor();
    assert.equal(await page.title(), 'reviews · CoLoRA');
    await page.getByRole('button', { name: 'Extend' }).press('Enter');
    await page.getByRole('dialog').waitFor();
    await page.locator('dialog input:focus').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    assert.equal(await focused(page), 'Extend');
    await page.context().close();
  });

  test('a key that is revoked while its page is open: the sign-in page says so', async () => {
    const { id, key } = await system.admin.call('createKey', { body: { role: 'operator', name: 'olga' } });
    const page = await signedIn(looks[0], key);
    await system.admin.call('revokeKey', { params: { id } });
    await page.getByText('You are signed out').waitFor();
    assert.deepEqual(await findings(page), []);
    await page.getByLabel('API key').fill(key);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('The API key is unknown or revoked').waitFor();
    await page.context().close();
  });

  test('a browser whose clock is a day ahead, and a group that is gone', async () => {
    const page = await openPage(await browser.newContext(looks[0]));
    await page.clock.install({ time: Date.now() + 24 * 3600 * 1000 });
    await page.goto(system.url);
    await page.getByLabel('API key').fill(adminKey);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('This computer’s clock is').waitFor();
    await goTo(page, '#/groups/reviews/members', 'ada');
    assert.equal(await page.getByText(/^1 d ago$/).count(), 0);
    await goTo(page, '#/groups/deleted', 'There is no such group');
    await page.context().close();
  });

  test('a coordinator that can’t be reached for a while: the page keeps what it shows, says so, and goes on', async () => {
    const gate = await openGate(system.url, () => undefined);
    const page = await openPage(await browser.newContext(looks[0]));
    await page.goto(gate.url);
    await page.getByLabel('API key').fill(adminKey);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await goTo(page, '#/groups/empty', 'Nobody has joined yet');
    await gate.close();
    await page.getByText('The coordinator doesn’t answer').waitFor({ timeout: 15_000 });
    assert.equal(await page.getByText('Nobody has joined yet').count(), 1);
    assert.deepEqual(await findings(page), []);
    const again = await openGate(system.url, () => undefined, Number(new URL(gate.url).port));
    await page.getByText('The coordinator doesn’t answer').waitFor({ state: 'detached', timeout: 15_000 });
    await again.close();
    await page.context().close();
  });

  test('no page broke the policy, and no script failed', () => {
    assert.deepEqual(faults, []);
  });
});

/** Presses a button and then that of the question which it asks. */
async function confirmed(page: Page, button: string, action: string): Promise<void> {
  await page.getByRole('button', { name: button, exact: true }).first().click();
  await page.getByRole('dialog').getByRole('button', { name: action }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
}

const focused = async (page: Page) => (await page.locator(':focus').textContent())?.trim();
