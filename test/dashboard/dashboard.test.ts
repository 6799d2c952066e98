// The dashboard in a real browser, against a real coordinator whose members train: all pages in both themes and both widths, what
// can be done on them, and days that are bad. axe finds nothing wrong with any page, and the page's policy is never broken.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { runClient } from '@colora/client/daemon';
import { readQr } from '../../apps/dashboard/src/format/testing-qr.ts';
import { findings, withoutChromium } from '../support/chromium.ts';
import { useMembers } from '../support/members.ts';
import { reviews } from '../support/people.ts';
import { makeGroup, useSystem } from '../support/system.ts';
import { badDays } from './bad-days.ts';
import { clustersPage } from './clusters-page.ts';
import { confirmed, focused, goTo, looks, picture, shiftSince, useScene } from './scene.ts';

/** Of right-to-left letters, and as long as a name may be. */
const people = ['ada', 'فاطمة', `zoë-${'x'.repeat(59)}`];
/** A group that nobody joins: of another script, and as long. */
const nobody = `пусто-${'о'.repeat(57)}`;

describe('the dashboard', { skip: withoutChromium }, () => {
  const system = useSystem();
  const members = useMembers(system);
  const scene = useScene(system);
  const { signedIn } = scene;

  before(async () => {
    await makeGroup(system, 'reviews', { rounds: { count: 3, participants: people.length } });
    await makeGroup(system, nobody, {}, false);
    await Promise.all(people.map((name, person) => runClient(optionsOf('reviews', name, person))));
  });

  const optionsOf = (group: string, name: string, person: number) =>
    members.options(group, `${person}`, {
      name,
      examples: reviews(person, 8),
      heldOut: reviews(person + 5, 4),
      backoff: { baseSeconds: 0.05, capSeconds: 0.2 },
    });

  const pages: readonly (readonly [place: string, shows: string | RegExp])[] = [
    ['#/', 'reviews'],
    ['#/groups/reviews', 'How far a round moves'],
    ['#/groups/reviews/rounds', 'Contributions'],
    ['#/groups/reviews/rounds/2', 'counted after'],
    ['#/groups/reviews/members', 'How alike members are'],
    [`#/groups/reviews/members/${encodeURIComponent(people[1]!)}`, /onnx on cpu, version \d/],
    ['#/groups/reviews/clusters', 'Cosines'],
    ['#/groups/reviews/checkpoints', 'latest'],
    ['#/groups/reviews/settings', 'Batch size'],
    ['#/groups/reviews/invitations', 'No invitations yet'],
    ['#/groups/reviews/events', 'Round committed'],
    [`#/groups/${nobody}`, 'Nobody has joined yet'],
    ['#/new', 'Bytes a round'],
    ['#/participants', 'Answered'],
    ['#/keys', 'Last used'],
    ['#/audit', 'Group created'],
    ['#/me', 'Browsers that are signed in'],
    ['#/nowhere', 'No such page'],
  ];

  for (const look of looks)
    test(`every page, ${look.colorScheme}, ${look.viewport.width} pixels wide: axe finds nothing, nothing is wider than the window or moves`, async () => {
      const page = await signedIn(look);
      const moved: (readonly [place: string, shift: number])[] = [];
      for (const [place, shows] of pages) {
        await goTo(page, place, shows);
        assert.deepEqual(await findings(page), [], place);
        const shift = await shiftSince(page);
        if (shift >= 0.1) moved.push([place, shift]);
        const over = Number(await page.evaluate('document.documentElement.scrollWidth - innerWidth'));
        assert.ok(over <= 0, `${place} is ${over} pixels wider than the window`);
        await picture(page, place);
      }
      assert.deepEqual(moved, []);
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
    await page.getByText('Takes integer, 1 to 1024').waitFor();
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

  test('a group is made on the page: what is wrong is said at its field, what it would mean beside it, then the group is there', async () => {
    const page = await signedIn();
    await goTo(page, '#/new', 'Bytes a round');
    const made = page.getByRole('button', { name: 'Make the group' });
    await made.click();
    await page.getByText('Give it a name').waitFor();
    assert.equal(await page.locator('input:focus').getAttribute('aria-invalid'), 'true');
    const name = page.getByLabel('Name', { exact: true });
    await name.fill('reviews');
    await page.getByText('A task group is already called reviews').waitFor();
    await name.fill('third');
    await page.getByLabel('Begin from the group').selectOption('reviews');
    await page.getByLabel('Settings', { exact: true }).selectOption('private');
    await page.getByText(/clipped to 1, noise [\d.]+ times that; epsilon [78]/).waitFor();
    const section = page.locator('summary', { hasText: 'Rounds' });
    await section.click();
    await page.getByLabel('Retries').fill('a few');
    await section.click(); // closed: what is wrong in it is shown all the same
    await made.click();
    await page.getByText('Takes integer, 0 to').waitFor();
    assert.deepEqual(await findings(page), []);
    await page.getByLabel('Retries').fill('4');
    await made.click();
    await page.getByRole('heading', { level: 1, name: 'third' }).waitFor();
    const { settings, state, checkpoint } = await system.admin.call('showGroup', {
      params: { group: 'third' },
    });
    const { items } = await system.admin.call('listCheckpoints', {
      params: { group: 'reviews' },
      query: { sort: 'oldest' },
    });
    assert.equal(state, 'ready');
    assert.equal(checkpoint?.sha256, items[0]?.sha256);
    assert.deepEqual([settings.rounds.retries, settings.privacy.mechanism], [4, 'distributed']);
    assert.deepEqual(settings.adapter.targets, ['pooler']);
    await page.context().close();
  });

  test('an invitation is shown once, and revoked; a key too', async () => {
    const page = await signedIn();
    await goTo(page, `#/groups/${nobody}/invitations`, 'Invite');
    await page.getByRole('button', { name: 'Invite' }).click();
    await page.getByRole('button', { name: 'Make the invitation' }).click();
    const link = await page.getByRole('dialog').locator('code').first().textContent();
    assert.match(link ?? '', new RegExp(`^${system.url}/join/${encodeURIComponent(nobody)}#colora_i_`));
    const code = page.getByRole('img', { name: 'QR code of the link' });
    const size = Number((await code.getAttribute('viewBox'))!.split(' ')[2]);
    assert.equal(readQr({ size, path: (await code.locator('path').getAttribute('d'))! }), link);
    assert.deepEqual(await findings(page), []);
    await picture(page, 'invitation');
    await page.getByRole('button', { name: 'Done' }).click();
    await page.locator('.chip', { hasText: 'active' }).first().waitFor();
    assert.equal(await page.getByText(link ?? '').count(), 0);
    await openedByHer(link!);
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

  /** Who opens it is told what to do, and what stands behind the # reaches nobody. */
  async function openedByHer(link: string): Promise<void> {
    for (const look of looks) {
      const page = await scene.openPage(look);
      const sent: string[] = [];
      page.on('request', (request) =>
        sent.push(`${request.url()} ${JSON.stringify(request.headers())} ${request.postData() ?? ''}`),
      );
      await page.goto(link);
      await page.getByRole('heading', { level: 1, name: `You are invited to ${nobody}` }).waitFor();
      assert.equal(await page.locator('.command code').textContent(), `colora join '${link}'`);
      assert.deepEqual(await findings(page), []);
      const over = Number(await page.evaluate('document.documentElement.scrollWidth - innerWidth'));
      assert.ok(over <= 0, `the page is ${over} pixels wider than the window`);
      await picture(page, 'join');
      const [, secret = ''] = link.split('#');
      assert.ok(sent.length > 1 && !sent.some((request) => request.includes(secret)), sent.join('\n'));
      assert.ok(!sent.some((request) => request.includes('/v1/')), 'the page asks the coordinator nothing');
      await page.goto('about:blank');
      await page.goto(link.slice(0, link.indexOf('#')));
      await page.getByRole('heading', { level: 1, name: 'not whole' }).waitFor();
      await page.context().close();
    }
  }

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

  clustersPage(scene);
  badDays(scene, nobody);

  test('no page broke the policy, and no script failed', () => {
    assert.deepEqual(scene.faults, []);
  });
});
