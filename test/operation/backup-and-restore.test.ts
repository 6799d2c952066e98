// A backup of a live coordinator, restored into a new database: a real daemon that is ahead of it is told and goes on, whether its
// acknowledged contribution is missing or the checkpoint that it trained at. And what a backup file is held to.
import assert from 'node:assert/strict';
import { lstat, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createTaskGroup } from '@colora/cli/create-group';
import { runClient } from '@colora/client/daemon';
import { backUp } from '@colora/coordinator/backup/back-up';
import { restoreBackup } from '@colora/coordinator/backup/restore';
import type { Coordinator } from '@colora/coordinator/coordinator';
import type { DatabaseOptions } from '@colora/coordinator/database/open-database';
import { onEachDatabase, onOneDatabase, type TestDatabase } from '@colora/coordinator/testing/databases';
import * as raw from '@colora/coordinator/testing/group';
import { createApiClient } from '@colora/protocol/api-client';
import { startTrainer } from '@colora/training/trainer';
import { freePort } from '../support/free-port.ts';
import { openGate } from '../support/gate.ts';
import { reviews } from '../support/people.ts';
import { adminKey, shippedBaseModel, smallSettings, startCoordinator } from '../support/system.ts';

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'colora-backup-'));
});
after(() => rm(folder, { recursive: true, force: true }));

let restored = 0;
/** What a restored database is made in: nothing is there yet. */
async function newPlace(database: TestDatabase): Promise<DatabaseOptions> {
  if (database.kind === 'postgres') return await database.create();
  restored += 1;
  return { dataFolder: join(folder, `restored-${restored}`) };
}

onEachDatabase('a backup', (database) => {
  test('of a coordinator in mid-round is whole, private, and makes a database that goes on', async () => {
    const options = await database.create();
    const file = join(folder, `${database.kind}.backup`);
    const live = await startCoordinator({ ...options, adminKey: raw.adminKey });
    let ada: raw.TestMember;
    try {
      await raw.makeGroup(live.url, { settings: { rounds: { count: 2, participants: 1 } } });
      ada = await raw.joinAs(live.url, 'ada');
      await ada.contribute(raw.tensors({ 'x.shared.A': [1, 1] }));
      await ada.until('round 2', ({ round }) => round?.number === 2);
      const bytes = await backUp(file, options);
      const { size, mode } = await lstat(file);
      assert.deepEqual([size, mode & 0o777], [bytes, 0o600]);
      await assert.rejects(backUp(file, options), /there already/);
      await ada.contribute(raw.tensors({ 'x.shared.A': [5, 5] })); // lost by what comes
      await ada.until('the end', ({ state }) => state === 'completed');
      await assert.rejects(restoreBackup(file, options), /already|another coordinator/);
    } finally {
      await live.close();
    }
    const content = await readFile(file);
    const place = await newPlace(database);
    for (const [name, bytes] of [
      ['cut.backup', content.subarray(0, -100)],
      ['changed.backup', content.with(content.length >> 1, content[content.length >> 1]! ^ 1)],
      ['other.backup', Buffer.from('{}')],
    ] as const) {
      await writeFile(join(folder, name), bytes);
      await assert.rejects(restoreBackup(join(folder, name), place), /damaged|no backup/);
    }
    await restoreBackup(file, place);
    const again = await startCoordinator({ ...place, adminKey: raw.adminKey });
    try {
      const admin = createApiClient(again.url, () => raw.adminKey);
      ada = raw.member(again.url, 'ada', ada.key);
      await ada.until('round 2 again', ({ round }) => round?.number === 2 && round.version === 1);
      await ada.contribute(raw.tensors({ 'x.shared.A': [2, 2] }));
      await ada.until('the end', ({ state }) => state === 'completed');
      assert.deepEqual([...(await ada.checkpoint()).get('x.shared.A')!.data], [-2, -1]);
      const trail = await admin.call('listAudit', {
        query: { kind: 'database-restored', unchained: 'true' },
      });
      assert.equal(trail.items.length, 1);
      assert.equal(trail.unchained, 0);
    } finally {
      await again.close();
    }
  });
});

onOneDatabase('a daemon that is ahead of its restored coordinator', (database) => {
  test('is told, trains again what is gone, and comes to the end', async () => {
    const baseModel = await shippedBaseModel();
    const trainer = await startTrainer({ threads: 1 });
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const admin = createApiClient(url, () => adminKey);
    const file = join(folder, 'daemon.backup');
    const said: string[] = [];
    let isBackedUp = false;
    const gate = await openGate(url, async ({ line, way }) => {
      while (way === 'in' && line.includes('/contribution') && !isBackedUp) await sleep(50);
    });
    let live: Coordinator | null = null;
    const group = 'g';
    const start = async (options: DatabaseOptions) => {
      await live?.close();
      live = await startCoordinator({ ...options, port });
    };
    const restore = async () => {
      const place = await newPlace(database);
      await restoreBackup(file, place);
      await start(place);
    };
    const until = async (what: string, holds: () => Promise<boolean> | boolean) => {
      for (let tries = 0; !(await holds()); tries += 1) {
        assert.ok(tries < 600, `${what}; said: ${said.join('\n')}`);
        await sleep(100);
      }
    };
    const hasContributed = (round: number) =>
      until(`its contribution to round ${round}`, async () => {
        const detail = await admin.call('showRound', { params: { group, round } }).catch(() => null);
        return detail?.contributionList.some(({ participant }) => participant === 'eva') ?? false;
      });
    try {
      const options = await database.create();
      await start(options);
      const settings = {
        ...smallSettings({ rounds: { count: 2, participants: 2, quorum: 2 } }),
        task: {
          kind: 'classification' as const,
          labels: ['bad', 'good'],
          maxTokens: 8,
          clusters: 'off' as const,
        },
      };
      await createTaskGroup(admin, { name: group, access: 'open', baseModel, settings });
      await admin.call('startGroup', { params: { group } });
      const ada = await raw.joinAs(url, 'ada', group);
      const contributes = async () => {
        const checkpoint = await ada.checkpoint();
        await ada.contribute(
          new Map(
            [...checkpoint].map(([name, { shape, data }]) => [name, { shape, data: data.map(() => 1e-4) }]),
          ),
        );
      };
      const ended = runClient({
        ...{ url: gate.url, group, baseModel, trainer, name: 'eva', workspace: join(folder, 'eva') },
        ...{ examples: reviews(1, 8), signal: new AbortController().signal, seed: 'of-group' },
        ...{ guard: false, socket: false, acceptChanges: async () => true },
        log: ({ message }) => void said.push(message),
      });
      await until('a round', async () => {
        const { round } = await ada.assignment();
        return round !== null;
      });
      await backUp(file, options);
      isBackedUp = true;
      await hasContributed(1);
      await restore();
      await hasContributed(1); // it would wait for the round's end for ever, as it holds a receipt
      assert.ok(said.some((line) => /has no contribution of round 1, which it acknowledged/.test(line)));
      await contributes();
      await hasContributed(2);
      await restore();
      await hasContributed(1);
      assert.ok(
        said.some((line) => /is at checkpoint 0, and was at 1: its database was set back/.test(line)),
      );
      for (const round of [1, 2]) {
        await hasContributed(round);
        await contributes();
      }
      assert.equal((await ended).state, 'completed');
    } finally {
      await (live as Coordinator | null)?.close();
      await gate.close();
      await trainer.close();
    }
  });
});
