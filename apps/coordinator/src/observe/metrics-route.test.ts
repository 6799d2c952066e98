// /metrics of a real run: who may read it, what it says of what happened, that nothing in deploy/observe names a figure that isn't
// there, and that its size has an end.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ApiProblem, createApiClient } from '@colora/protocol/api-client';
import { buildCoordinator } from '../coordinator.ts';
import { onOneDatabase } from '../testing/databases.ts';
import { adminKey, joinAs, makeGroup, makeSettings, tensors } from '../testing/group.ts';

const token = 'a-token-of-the-monitor';
const observe = (name: string) =>
  fileURLToPath(new URL(`../../../../deploy/observe/${name}`, import.meta.url));

async function read(url: string, bearer: string | null): Promise<{ status: number; text: string }> {
  const headers: Record<string, string> = bearer === null ? {} : { authorization: `Bearer ${bearer}` };
  const answer = await fetch(`${url}/metrics`, { headers });
  return { status: answer.status, text: await answer.text() };
}

/** The value of a line, such as `colora_groups{state="running"}`; NaN where there is none. */
function sampleOf(text: string, sample: string): number {
  const line = text.split('\n').find((one) => one.startsWith(`${sample} `));
  return line === undefined ? Number.NaN : Number(line.slice(sample.length + 1));
}

onOneDatabase('metrics for a monitor', (database) => {
  test('a real run is told by figures, to a monitor and to who runs groups', async () => {
    const options = { ...(await database.create()), port: 0, adminKey, logger: 'silent' as const };
    const storage = { limitBytes: 1e12, reserveBytes: 1e6 };
    const coordinator = await buildCoordinator({ ...options, metricsToken: token, storage });
    try {
      const { url } = coordinator;
      const rounds = { count: 3, participants: 2, quorum: 2, deadlineSeconds: 600 };
      const admin = await makeGroup(url, { settings: { rounds } });
      const members = [await joinAs(url, 'ana-of-the-clinic'), await joinAs(url, 'ben')];
      const [ana, ben] = members as [(typeof members)[0], (typeof members)[0]];
      await Promise.all(members.map((one) => one.until('a round', ({ round }) => round !== null)));
      await assert.rejects(ana.contribute(tensors({ 'x.shared.A': [Number.NaN, 1] })), ApiProblem);
      const update = tensors({ 'x.shared.A': [0.5, 0.5], 'x.shared.B': [0, 0, 0] });
      const metadata = { sharedLoss: 0.7, personalLoss: 0.4 };
      await Promise.all([ana.contribute(update, { metadata }), ben.contribute(update, { metadata })]);
      await ana.until('its checkpoint', ({ checkpoint }) => checkpoint?.version === 1);
      await ana.checkpoint();

      const { status, text } = await read(url, token);
      assert.equal(status, 200);
      const expected: [string, number][] = [
        ['colora_contributions_total{outcome="counted",reason="on-time"}', 2],
        ['colora_rounds_total{outcome="committed"}', 1],
        ['colora_round_phase_seconds_count{phase="aggregating"}', 1],
        ['colora_groups{state="running"}', 1],
        ['colora_groups_unlisted', 0],
        ['colora_group_state{group="group",state="running"}', 1],
        ['colora_group_members{group="group",state="available"}', 2],
        ['colora_group_members{group="group",state="offline"}', 0],
        ['colora_group_rounds_committed{group="group"}', 1],
        ['colora_group_rounds_planned{group="group"}', 3],
        ['colora_group_checkpoint_version{group="group"}', 1],
        ['colora_group_loss{group="group",steps="shared"}', 0.7],
        ['colora_group_loss{group="group",steps="personal"}', 0.4],
        ['colora_database_up', 1],
        ['colora_queue_waiting{queue="turns"}', 0],
      ];
      for (const [sample, value] of expected) assert.equal(sampleOf(text, sample), value, sample);
      assert.match(text, /colora_contributions_total\{outcome="refused",reason="[a-z-]+"\} 1/);
      assert.ok(sampleOf(text, 'colora_contribution_bytes_total') > 0);
      assert.ok(sampleOf(text, 'colora_download_bytes_total') > 0);
      for (const of of ['checkpoints', 'contributions', 'events'])
        assert.ok(sampleOf(text, `colora_storage_bytes{group="group",of="${of}"}`) > 0, of);
      assert.equal(sampleOf(text, 'colora_storage_freeable_bytes{group="group",by="usual"}'), 0);
      assert.ok(sampleOf(text, 'colora_database_bytes') > 0);
      assert.ok(sampleOf(text, 'colora_database_reserve_bytes') > 0);
      assert.ok(sampleOf(text, 'colora_database_seconds_count{statement="query"}') > 0);
      assert.ok(sampleOf(text, 'colora_requests_total{route="getAssignment",status="2xx"}') > 0);
      assert.doesNotMatch(text, /ana-of-the-clinic/, 'a participant is no label');

      const described = new Set([...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name!));
      const files = ['alerts.yml', 'alerts.test.yml', 'grafana/colora.json'].map(observe);
      const names = files.flatMap((file) => [
        ...readFileSync(file, 'utf8').matchAll(/\b(?:colora|process|nodejs)_[a-z_]*[a-z]/g),
      ]);
      assert.ok(names.length > 40);
      for (const [name] of names) {
        const base = name.replace(/_(bucket|sum|count)$/, '');
        assert.ok(described.has(name) || described.has(base), `${name} is in deploy/observe alone`);
      }
      checkByPromtool(text);

      const keyOf = async (name: string, role: 'operator' | 'participant', groups?: string[]) =>
        (await admin.call('createKey', { body: { name, role, ...(groups && { groups }) } })).key;
      assert.equal((await read(url, await keyOf('watcher', 'operator'))).status, 200);
      assert.equal((await read(url, await keyOf('somebody', 'participant'))).status, 403);
      assert.equal((await read(url, await keyOf('of-one', 'operator', ['group']))).status, 403);
      assert.equal((await read(url, 'colora_a_guess')).status, 401);
      assert.equal((await read(url, null)).status, 401);
      const elsewhere = createApiClient(url, () => token).call('listGroups', {});
      await assert.rejects(elsewhere, (error) => error instanceof ApiProblem && error.is('invalid-key'));
    } finally {
      await coordinator.close();
    }
  });

  test('of very many groups a hundred have figures of their own', async () => {
    const options = { ...(await database.create()), port: 0, adminKey, logger: 'silent' as const };
    const coordinator = await buildCoordinator({ ...options, metricsToken: token });
    try {
      const admin = await makeGroup(coordinator.url, { name: 'runs' });
      const make = (name: string) => admin.call('createGroup', { body: { name, settings: makeSettings() } });
      await Promise.all(Array.from({ length: 103 }, (_, index) => make(`draft-${index}`)));
      const { text } = await read(coordinator.url, token);
      assert.equal(text.match(/^colora_group_state/gm)?.length, 100);
      assert.equal(sampleOf(text, 'colora_groups_unlisted'), 4);
      assert.equal(
        sampleOf(text, 'colora_group_state{group="runs",state="running"}'),
        1,
        'the one that runs',
      );
    } finally {
      await coordinator.close();
    }
  });

  test('two coordinators on one database tell the same of groups, each its own of itself', {
    skip: database.kind === 'pglite' && 'the embedded database has one coordinator',
  }, async () => {
    const options = { ...(await database.create()), port: 0, adminKey, logger: 'silent' as const };
    const started = [1, 2].map(() => buildCoordinator({ ...options, metricsToken: token }));
    const coordinators = await Promise.all(started);
    try {
      await makeGroup(coordinators[0]!.url);
      const [one, other] = await Promise.all(coordinators.map(({ url }) => read(url, token)));
      const ofGroups = (text: string) => text.split('\n').filter((line) => line.startsWith('colora_group'));
      assert.ok(ofGroups(one!.text).length > 5);
      assert.deepEqual(ofGroups(one!.text), ofGroups(other!.text));
      const made = 'colora_requests_total{route="createGroup",status="2xx"}';
      assert.deepEqual([sampleOf(one!.text, made), sampleOf(other!.text, made)], [1, Number.NaN]);
    } finally {
      await Promise.all(coordinators.map((coordinator) => coordinator.close()));
    }
  });
});

/** Where it is installed (Debian's package prometheus). */
function checkByPromtool(text: string): void {
  const promtool = process.env.COLORA_TEST_PROMTOOL ?? 'promtool';
  const linted = spawnSync(promtool, ['check', 'metrics'], { input: text, encoding: 'utf8' });
  if (linted.error !== undefined) return;
  assert.equal(linted.status, 0, linted.stdout + linted.stderr);
  execFileSync(promtool, ['check', 'rules', observe('alerts.yml')]);
  execFileSync(promtool, ['test', 'rules', observe('alerts.test.yml')]);
  const config = spawnSync(promtool, ['check', 'config', '--syntax-only', observe('prometheus.yml')]);
  assert.equal(config.status, 0, String(config.stderr));
}
