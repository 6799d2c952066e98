// A dry run says what a group would mean by what is known, tells what isn't as null, refuses what creating would refuse, and writes
// nothing.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiProblem, createApiClient } from '@colora/protocol/api-client';
import { onOneDatabase } from '../testing/databases.ts';
import { adminKey, joinAs, makeGroup, makeSettings } from '../testing/group.ts';
import { useCoordinator } from '../testing/use-coordinator.ts';

onOneDatabase('a group’s dry run', (database) => {
  const coordinator = useCoordinator(database);
  const query = { 'dry-run': 'true' };
  const tensors = [
    { name: 'x.shared.A', shape: [4, 1000] },
    { name: 'x.shared.B', shape: [] },
  ];

  test('says bytes by tensors, steps by who announced or measured them, and creates nothing', async () => {
    const admin = createApiClient(coordinator.url, () => adminKey);
    const settings = makeSettings({
      wire: { upload: 'int8' },
      rounds: { participants: 3, deadlineSeconds: 60 },
    });
    const body = { name: 'planned', access: 'open' as const, settings };
    const before = (await admin.call('listAudit', {})).total;
    const bare = await admin.call('createGroup', { query, body });
    assert.deepEqual([bare.state, bare.members, bare.revision], ['draft', 0, 0]);
    assert.deepEqual(
      [bare.plan?.bytesPerRound, bare.plan?.step.seconds, bare.plan?.step.from, bare.plan?.privacy.epsilon],
      [null, null, null, null],
    );
    const announced = { tensors, stepSeconds: 20, stepMegabytes: 900 };
    const { plan } = await admin.call('createGroup', { query, body: { ...body, announced } });
    const { download, upload } = plan!.bytesPerRound!;
    assert.ok(download >= 4 * 4001 && download < 4 * 4001 + 1000, String(download));
    assert.ok(upload > 4001 && upload < download / 2, String(upload));
    assert.deepEqual([plan!.step.seconds, plan!.step.from, plan!.step.megabytes], [20, 'announced', 900]);
    assert.equal(plan!.step.roundSeconds, 20 * plan!.step.steps);
    assert.ok(
      plan!.remarks.some((remark) => /deadline is 60 s/.test(remark)),
      plan!.remarks.join(),
    );
    assert.deepEqual((await admin.call('listGroups', {})).items, []);
    assert.equal((await admin.call('listAudit', {})).total, before);

    await makeGroup(coordinator.url, { name: 'trained', start: false });
    for (const [name, stepSeconds] of [
      ['ada', 2],
      ['bob', 4],
      ['eve', 90],
    ] as const) {
      const { api } = await joinAs(coordinator.url, name, 'trained');
      await api.call('putStepTime', { params: { group: 'trained' }, body: { stepSeconds } });
    }
    const measured = await admin.call('createGroup', { query, body: { ...body, announced } });
    const { seconds, from, members } = measured.plan!.step;
    assert.deepEqual([seconds, from, members], [4, 'measured', 3]);
  });

  test('solves for the noise of a budget, says what noise comes to, and keeps both with the group', async () => {
    const admin = createApiClient(coordinator.url, () => adminKey);
    const dry = async (privacy: object, rounds: object = {}) => {
      const settings = makeSettings({ privacy, rounds: { count: 8, participants: 10, ...rounds } });
      return admin.call('createGroup', { query, body: { name: 'budget', settings, announced: { tensors } } });
    };
    const clip = { clipNorm: 1, delta: 1e-5 };
    const solved = await dry({ ...clip, epsilon: 8, mechanism: 'central' });
    // by dp-accounting 0.6: 8 Gaussian rounds at 1.804 clip norms are (8, 1e-5)-private, at 1.80 they are not
    assert.equal(solved.settings.privacy.noiseMultiplier, 1.804);
    const { mechanism, noiseMultiplier, epsilon, delta } = solved.plan!.privacy;
    assert.deepEqual([mechanism, noiseMultiplier, delta], ['central', 1.804, 1e-5]);
    assert.ok(epsilon! > 7.99 && epsilon! <= 8, String(epsilon));
    const told = await dry({ ...clip, noiseMultiplier: 1.804 });
    assert.ok(told.settings.privacy.epsilon! >= epsilon! && told.settings.privacy.epsilon! < 8.01);
    assert.ok(told.plan!.remarks.some((remark) => /noise of a round is about/.test(remark)));
    const weak = await dry({ ...clip, noiseMultiplier: 1, epsilon: 8 });
    assert.ok(
      weak.plan!.remarks.some((remark) => /budget is spent after 2 of 8 rounds/.test(remark)),
      weak.plan!.remarks.join(),
    );
    const coins = await dry(
      { ...clip, epsilon: 8, mechanism: 'central' },
      { sampling: 'poisson', cohort: { fraction: 0.2 }, participants: 100 },
    );
    assert.ok(coins.settings.privacy.noiseMultiplier! < 1, 'who may not have been asked is hidden by less');
    const few = await dry(
      { ...clip, epsilon: 8, mechanism: 'central' },
      { sampling: 'poisson', cohort: { fraction: 0.2 }, participants: 10 },
    );
    assert.ok(few.plan!.remarks.some((remark) => /takes nothing off the noise: .*open with 94/.test(remark)));
    assert.ok(few.settings.privacy.noiseMultiplier! > coins.settings.privacy.noiseMultiplier!);
    await assert.rejects(
      dry(
        { ...clip, noiseMultiplier: 1e-160, mechanism: 'central' },
        { sampling: 'poisson', cohort: { fraction: 0.2 }, participants: 100 },
      ),
      /hides nothing/,
    );
    await assert.rejects(
      dry({ ...clip, epsilon: 0.001, delta: 1e-15 }, { count: 1_000_000 }),
      /no noise keeps/,
    );
    await assert.rejects(dry({ ...clip, epsilon: 8, mechanism: 'distributed' }), /secure aggregation/);
  });

  test('refuses what creating would refuse', async () => {
    const admin = createApiClient(coordinator.url, () => adminKey);
    const settings = makeSettings();
    const dry = (name: string) => admin.call('createGroup', { query, body: { name, settings } });
    const isTaken = (error: unknown) => error instanceof ApiProblem && error.is('name-taken');
    await assert.rejects(dry('trained'), isTaken);
    const odd = { ...settings, rounds: { participants: 1, quorum: 2 } };
    await assert.rejects(
      admin.call('createGroup', { query, body: { name: 'odd', settings: odd } }),
      (error) => error instanceof ApiProblem && error.is('invalid-settings'),
    );
  });
});
