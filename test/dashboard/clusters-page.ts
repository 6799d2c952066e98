// The clusters of a group on its page: those that stand, what an admin said that waits, what the probes propose, how alike members
// are, and a crowd of which not everybody is listed.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  clusteredSettings,
  contribute,
  initial,
  type Kind,
  sendProbe,
} from '@colora/coordinator/testing/clustered-group';
import { joinAs, makeGroup, type TestMember } from '@colora/coordinator/testing/group';
import { findings } from '../support/chromium.ts';
import { adminKey, type System } from '../support/system.ts';
import { goTo, looks, picture, type Scene } from './scene.ts';

const kinds: readonly Kind[] = ['plain', 'inverted', 'other'];

export function clustersPage({ system, signedIn }: Scene): void {
  test('clusters: who is in which, what waits, what the probes propose, and how alike members are', async () => {
    const group = 'moods';
    const params = { group };
    const members = await placed(system, group, 6);
    const [ada, bob, cem, dia, eve, fay] = members.map(({ name }) => name) as [
      ...[string, string, string, string, string, string],
    ];
    const names = [{ cluster: 2, name: 'the-other-way' }];
    const said = [
      [ada, bob],
      [dia, cem],
      [eve, fay],
    ];
    await system.admin.call('changeClusters', { params, body: { clusters: said, names } });
    for (const one of members) await contribute(one, group, 1);
    await members[0]!.until('round 2', ({ round }) => round?.number === 2);
    await system.admin.call('changeClusters', {
      params,
      body: { clusters: [[ada, bob, cem, dia, eve, fay]] },
    });
    for (const look of looks) {
      const page = await signedIn(look);
      await goTo(page, `#/groups/${group}/clusters`, 'Fixed by an admin');
      await page.getByText('From the next round on, as an admin said:').waitFor();
      await page.getByText('Proposed by the probes as they are:').waitFor();
      const clusters = page.getByRole('region', { name: 'Clusters', exact: true });
      const rows = (await clusters.getByRole('row').allTextContents()).slice(1).toSorted();
      assert.deepEqual(rows, ['12moods-0moods-1–', '2 the-other-way2moods-4moods-5–', '32moods-2moods-3–']);
      const map = page.getByRole('region', { name: 'Cosines of probes' });
      const [, first, ...others] = await map.getByRole('row').allTextContents();
      assert.equal(others.length, 5);
      assert.equal(first, 'moods-01.00-0.94-0.940.000.001.00'); // by cluster: 1 has 0 and 1, 2 has 4 and 5
      assert.deepEqual(await findings(page), []);
      const over = Number(await page.evaluate('document.documentElement.scrollWidth - innerWidth'));
      assert.ok(over <= 0, `the page is ${over} pixels wider than the window`);
      await picture(page, 'clusters');
      await page.context().close();
    }
  });

  test('clusters of a crowd: so many names, and the map of clusters in place of people', async () => {
    const group = 'choir';
    await placed(system, group, 40);
    const page = await signedIn();
    await goTo(page, `#/groups/${group}/clusters`, 'Found by the members’ probes');
    await page.getByText('and 2 more').first().waitFor();
    const map = page.getByRole('region', { name: 'Cosines of probes' });
    assert.match((await map.getByRole('row').allTextContents()).join('\n'), /^123\n11\.00-0\.9\d/);
    await picture(page, 'clusters-of-many');
    await page.context().close();
  });

  test('clusters of a group that has none, and before the first round', async () => {
    const page = await signedIn();
    await makeGroup(system.url, { name: 'one-head', key: adminKey });
    await goTo(page, '#/groups/one-head/clusters', 'All members share one head');
    assert.deepEqual(await findings(page), []);
    const settings = clusteredSettings(2, 3);
    await makeGroup(system.url, { name: 'unplaced', key: adminKey, initial, settings });
    await goTo(page, '#/groups/unplaced/clusters', 'Nobody is placed yet');
    assert.deepEqual(await findings(page), []);
    await page.context().close();
  });
}

/** Their first round is open. */
async function placed(system: System, group: string, count: number): Promise<TestMember[]> {
  await makeGroup(system.url, { name: group, key: adminKey, initial, settings: clusteredSettings(count, 3) });
  const members: TestMember[] = [];
  for (let at = 0; at < count; at += 1) {
    const member = await joinAs(system.url, `${group}-${at}`, group);
    await member.assignment();
    await sendProbe(member, group, kinds[at % kinds.length]!);
    members.push(member);
  }
  for (const one of members) await one.assignment(); // who asks is here, and a round opens for as many
  await members[0]?.until('a round', ({ round }) => round !== null);
  return members;
}
