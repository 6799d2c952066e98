// `colora compare` on labels, as people run it: `guarded` beside the two methods that it mixes, trained once each; what is
// said of every person.
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { readVerdict } from '@colora/client/told';
import { readTrained } from '@colora/client/trained';
import { reviews, writeReviews } from '../support/people.ts';
import { colora } from '../support/processes.ts';

const root = await mkdtemp(join(tmpdir(), 'colora-compare-'));
const [data, json, keep] = [join(root, 'data'), join(root, 'figures.json'), join(root, 'kept')];

test('guarded mixes what alone and core trained, and says so for every person', async () => {
  for (const [group, at] of [
    ['home', 0],
    ['away', 4],
  ] as const) {
    await mkdir(join(data, group), { recursive: true });
    await writeReviews(join(data, group), 'ann', reviews(at, 12));
    await writeReviews(join(data, group), 'ben', reviews(at + 2, 12));
    await writeReviews(join(data, group), 'test', reviews(at + 1, 10));
  }
  const flags = ['--methods', 'guarded', '--rounds', '2', '--json', json, '--keep', keep];
  const { status, stdout, stderr } = await colora(['compare', data, ...flags]);
  assert.equal(status, 0, stderr);
  assert.match(stdout, /person +group +alone +core +guarded +weight of core +told +cluster/);
  assert.match(stdout, /held-out accuracy, % +alone +core +guarded/);
  assert.match(
    stdout,
    /more than 2 points worse than alone: core \d of 4 \(\d+ ± \d+ %; chance alone makes \d\.\d\), guarded \d of 4/,
  );
  assert.match(stdout, /clusters found: \d, of \d.* people/);
  assert.match(stdout, /verdicts: helped \d, no gain seen \d, too early to say \d/);
  const { methods, differences, worseThanAlone, users } = JSON.parse(await readFile(json, 'utf8'));
  assert.deepEqual(Object.keys(methods), ['alone', 'core', 'guarded']);
  assert.deepEqual(Object.keys(differences), ['core - alone', 'guarded - alone', 'guarded - core']);
  assert.deepEqual(Object.keys(worseThanAlone), ['core', 'guarded']);
  assert.equal(users.length, 4);
  for (const { user, weightOfCore, verdict, helped, worseByChance, cluster, ...scores } of users) {
    assert.ok(weightOfCore > 0 && weightOfCore < 1 && helped >= 0 && helped <= 1);
    assert.ok(['helped', 'no-gain-seen', 'too-early'].includes(verdict));
    assert.ok(Number.isInteger(cluster) && cluster >= 1);
    for (const chance of Object.values(worseByChance)) assert.ok(Number(chance) >= 0 && Number(chance) < 0.6);
    for (const method of ['alone', 'core', 'guarded']) {
      const right = 10 * scores[method];
      assert.ok(right >= 0 && Math.abs(right - Math.round(right)) < 1e-9, `${method}: ${right} of 10`);
    }
    const workspace = join(keep, 'people', user);
    const [alone, core] = [
      await readTrained(workspace, 'seed0-alone'),
      await readTrained(workspace, 'seed0-core'),
    ];
    assert.deepEqual(core.guard?.alone, alone.personal, 'the arm is the method alone, trained once');
    assert.equal(core.guard?.weights.core, weightOfCore);
    const { found } = await readVerdict(workspace, 'seed0-core');
    assert.equal(found?.groupFigures?.reporters, 4, 'all have heard of all');
  }
});
