// What survives the coordinator's death: every acknowledged contribution, a closing left half-way, the
// server optimizer's state. Closed cleanly, and killed outright.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { fedadam } from '@colora/aggregation/optimizers/fedadam';
import { createApiClient } from '@colora/protocol/api-client';
import type { TensorMap } from '@colora/tensors/tensor';
import { buildCoordinator } from './coordinator.ts';
import { type DatabaseOptions, openDatabase } from './database/open-database.ts';
import { onEachDatabase } from './testing/databases.ts';
import { adminKey, joinAs, makeGroup, member, tensors } from './testing/group.ts';

const build = (options: DatabaseOptions) =>
  buildCoordinator({ ...options, port: 0, adminKey, logger: 'silent' });

const valuesOf = (map: TensorMap, name: string) => [...(map.get(name)?.data ?? [])];

onEachDatabase('restart', (database) => {
  test('an acknowledged contribution outlives the process, and counts once', async () => {
    const options = await database.create();
    const first = await startProcess(options);
    await makeGroup(first.url, { settings: { rounds: { count: 1, participants: 2 } } });
    const ada = await joinAs(first.url, 'ada');
    const bob = await joinAs(first.url, 'bob');
    await bob.until('a round', ({ round }) => round !== null);
    const update = tensors({ 'x.shared.A': [1, 3] });
    await ada.contribute(update);
    first.process.kill('SIGKILL');
    await once(first.process, 'exit');

    const second = await build(options); // takes over the dead one's lock
    try {
      const again = member(second.url, 'ada', ada.key);
      const now = await again.assignment();
      assert.deepEqual([now.round?.number, now.round?.contributed], [1, true]);
      assert.equal((await again.contribute(update)).repeated, true);
      await member(second.url, 'bob', bob.key).contribute(tensors({ 'x.shared.A': [3, 1] }));
      await again.until('the end', ({ state }) => state === 'completed');
      assert.deepEqual(valuesOf(await again.checkpoint(1), 'x.shared.A'), [-1, 0]);
    } finally {
      await second.close();
    }
  });

  test('a closing that died is finished by the next coordinator', async () => {
    const options = await database.create();
    const first = await build(options);
    await makeGroup(first.url, {
      settings: { rounds: { count: 1, participants: 2, deadlineSeconds: 3600 } },
    });
    const ada = await joinAs(first.url, 'ada');
    await joinAs(first.url, 'bob');
    await ada.contribute(tensors({ 'x.shared.A': [1, 1] }));
    await first.close();
    // As a closer leaves it that died between its claim and its commit.
    const handle = await openDatabase(options);
    const closerUntil = new Date(database.kind === 'pglite' ? Date.now() + 3_600_000 : Date.now() - 1);
    const data = { state: 'aggregating' as const, closer: 'dead', closerUntil };
    await handle.client.round.updateMany({ data });
    await handle.close();

    const second = await build(options);
    try {
      const again = member(second.url, 'ada', ada.key);
      await again.until('the end', ({ state }) => state === 'completed');
      assert.deepEqual(valuesOf(await again.checkpoint(1), 'x.shared.A'), [0, 1]);
    } finally {
      await second.close();
    }
  });

  test('FedAdam goes on where it was', async () => {
    const options = await database.create();
    const aggregation = { optimizer: 'fedadam' as const, rate: 0.1, beta1: 0.9, beta2: 0.99, tau: 1e-3 };
    const updates = [
      tensors({ 'x.shared.A': [1, -2], 'x.shared.B': [0.5, 0, 1] }),
      tensors({ 'x.shared.A': [-0.5, 1] }),
    ];
    const optimizer = fedadam(aggregation);
    let expected = {
      state: optimizer.init(),
      params: tensors({ 'x.shared.A': [1, 2], 'x.shared.B': [0, 0, 0] }),
    };
    let key = '';
    for (const [index, update] of updates.entries()) {
      const coordinator = await build(options);
      try {
        const rounds = { count: 2, participants: 1 };
        if (index === 0) await makeGroup(coordinator.url, { settings: { rounds, aggregation } });
        const ada = index === 0 ? await joinAs(coordinator.url, 'ada') : member(coordinator.url, 'ada', key);
        key = ada.key;
        await ada.until('its round', ({ round }) => round?.version === index);
        await ada.contribute(update);
        await ada.until('the commit', ({ checkpoint }) => checkpoint?.version === index + 1);
        expected = optimizer.next(expected.state, expected.params, update);
        const stored = await ada.checkpoint(index + 1);
        for (const name of ['x.shared.A', 'x.shared.B']) {
          assert.deepEqual(valuesOf(stored, name), valuesOf(expected.params, name));
        }
      } finally {
        await coordinator.close();
      }
    }
  });

  test('the first admin key is told once and works', async () => {
    const options = await database.create();
    const start = () => buildCoordinator({ ...options, port: 0, logger: 'silent' });
    const first = await start();
    assert.match(first.adminKey ?? '', /^colora_a_/);
    await first.close();
    const second = await start();
    assert.equal(second.adminKey, undefined);
    const me = await createApiClient(second.url, () => first.adminKey ?? null).call('whoAmI', {});
    assert.equal(me.role, 'admin');
    await second.close();
  });
});

/** A coordinator in a process of its own, to be killed. */
async function startProcess(options: DatabaseOptions): Promise<{ url: string; process: ChildProcess }> {
  const module = new URL('./coordinator.ts', import.meta.url).href;
  const code = `import { buildCoordinator } from ${JSON.stringify(module)};
    const options = JSON.parse(process.argv[1]);
    const { url } = await buildCoordinator(options);
    process.stdout.write(url + '\\n');`;
  const all = { ...options, port: 0, adminKey, logger: 'silent' };
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', '--input-type=module', '-e', code, JSON.stringify(all)],
    { stdio: ['ignore', 'pipe', 'inherit'], cwd: fileURLToPath(new URL('.', import.meta.url)) },
  );
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return { url: line.toString().trim(), process: child };
}
