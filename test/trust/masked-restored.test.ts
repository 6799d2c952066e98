// A masked group with a budget whose database is put back to an earlier day: members tell by the coordinator's own receipts which rounds
// it lost, those count as spent, their numbers don't come again, and the group goes on with whoever was there.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { createTaskGroup } from '@colora/cli/create-group';
import { runClient } from '@colora/client/daemon';
import { backUp } from '@colora/coordinator/backup/back-up';
import { restoreBackup } from '@colora/coordinator/backup/restore';
import type { Coordinator } from '@colora/coordinator/coordinator';
import type { DatabaseOptions } from '@colora/coordinator/database/open-database';
import { onOneDatabase } from '@colora/coordinator/testing/databases';
import { createApiClient } from '@colora/protocol/api-client';
import { startTrainer } from '@colora/training/trainer';
import { freePort } from '../support/free-port.ts';
import { openGate } from '../support/gate.ts';
import { reviews } from '../support/people.ts';
import { adminKey, shippedBaseModel, smallSettings, startCoordinator } from '../support/system.ts';

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'colora-masked-restored-'));
});
after(() => rm(folder, { recursive: true, force: true }));

onOneDatabase('a masked group that is put back', (database) => {
  test('counts what was lost as spent, and goes on behind it', async () => {
    const baseModel = await shippedBaseModel();
    const trainer = await startTrainer({ threads: 1 });
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const admin = createApiClient(url, () => adminKey);
    const file = join(folder, 'backup');
    const stop = new AbortController();
    const said: string[] = [];
    let day: 'before' | 'lost' | 'after' = 'before';
    const gate = await openGate(url, async ({ line, way }) => {
      // round 2 is lost, and round 3 was under way
      while (way === 'in' && /rounds\/2\/contribution/.test(line) && day === 'before') await delay(50);
      while (way === 'in' && /rounds\/3\/contribution/.test(line) && day !== 'after') await delay(50);
    });
    const params = { group: 'g' };
    let live: Coordinator | null = null;
    const start = async (options: DatabaseOptions) => {
      await live?.close();
      live = await startCoordinator({ ...options, port });
    };
    const until = async (what: string, holds: () => Promise<boolean>) => {
      for (let tries = 0; !(await holds()); tries += 1) {
        assert.ok(tries < 1200, `${what}; said: ${said.join('\n')}`);
        await delay(100);
      }
    };
    const shown = () => admin.call('showGroup', { params });
    const members: ReturnType<typeof runClient>[] = [];
    try {
      const options = await database.create();
      await start(options);
      // rounds at 2 clip norms come to 2.17, 3.19, 4.01, 4.73, 5.38 at delta 1e-5: four
      const noise = { noiseMultiplier: 2, epsilon: 5, delta: 1e-5, mechanism: 'central' as const };
      const settings = smallSettings({
        privacy: { clipNorm: 1, secureAggregation: {}, ...noise },
        rounds: { count: 9, participants: 3, quorum: 3, deadlineSeconds: 60 },
      });
      await createTaskGroup(admin, { name: 'g', access: 'open', baseModel, settings });
      await admin.call('startGroup', { params });
      for (const name of ['ada', 'bob', 'cleo']) {
        const log = ({ message }: { readonly message: string }) => void said.push(`${name}: ${message}`);
        members.push(
          runClient({
            ...{ url: gate.url, group: 'g', baseModel, trainer, name, workspace: join(folder, name), log },
            ...{ examples: reviews(name.length, 8), signal: stop.signal, seed: 'of-group' },
            ...{ guard: false, acceptChanges: async () => true },
          }),
        );
      }
      await until('the first round', async () => (await shown()).committedRounds === 1);
      await backUp(file, options);
      day = 'lost';
      await until('the second', async () => (await shown()).committedRounds === 2);
      const place =
        database.kind === 'postgres' ? await database.create() : { dataFolder: join(folder, 'restored') };
      await restoreBackup(file, place);
      await start(place);
      day = 'after';

      for (const { state } of await Promise.all(members)) assert.equal(state, 'completed');
      const { committedRounds, endedReason, privacy } = await shown();
      const lost = privacy?.lostRounds ?? 0;
      assert.equal(lost, 1, said.join('\n'));
      assert.equal(committedRounds + lost, 4, 'the budget of four rounds is held over both lives');
      assert.match(endedReason ?? '', /budget is spent: .*rounds that the database lost.*: 1\)/);
      const { items } = await admin.call('listRounds', { params });
      const numbers = items.filter(({ state }) => state === 'committed').map(({ number }) => number);
      assert.deepEqual(numbers.sort(), [1, 4, 5], 'no number came twice');
    } finally {
      stop.abort();
      await Promise.allSettled(members);
      await (live as Coordinator | null)?.close();
      await gate.close();
      await trainer.close();
    }
  });
});
