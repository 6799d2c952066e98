// A coordinator whose embedded database lies on a disk that fills up: its group pauses before a write fails, with the reason, and goes on
// by itself once there is room. What a full disk under Postgres does is database-outages.test.ts.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { buildCoordinator } from '@colora/coordinator/coordinator';
import { layEmbeddedDatabase } from '@colora/coordinator/testing/embedded';
import { adminKey, joinAs, makeGroup, tensors } from '@colora/coordinator/testing/group';

const canMount = spawnSync('mount', ['-V']).status === 0 && process.getuid?.() === 0;
const disk = await mkdtemp(join(tmpdir(), 'colora-disk-'));
const mounted =
  canMount && spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=200m', 'tmpfs', disk]).status === 0;
after(async () => {
  if (mounted) spawnSync('umount', ['-l', disk]);
  await rm(disk, { recursive: true, force: true });
});

test('groups pause before the disk is full, and go on when it isn’t', {
  skip: !mounted && 'a file system cannot be mounted here',
}, async () => {
  await layEmbeddedDatabase(disk);
  const storage = { limitBytes: null, reserveBytes: 30e6 };
  const coordinator = await buildCoordinator({
    dataFolder: disk,
    port: 0,
    adminKey,
    logger: 'silent',
    storage,
  });
  try {
    const admin = await makeGroup(coordinator.url, { settings: { rounds: { count: 1, participants: 1 } } });
    const ada = await joinAs(coordinator.url, 'ada');
    await ada.until('a round', ({ round }) => round !== null);
    const { database } = await admin.call('showStorage', {});
    const ballast = join(disk, 'ballast');
    await writeFile(ballast, Buffer.alloc(Math.max(0, database.freeBytes! - 20e6)));
    const reach = async (state: string) => {
      for (let tries = 0; ; tries += 1) {
        const group = await admin.call('showGroup', { params: { group: 'group' } });
        if (group.state === state) return group;
        assert.ok(tries < 150, `${state}, not ${group.state}`);
        await sleep(100);
      }
    };
    const paused = await reach('paused');
    assert.match(paused.pausedReason ?? '', /nearly out of room: \d+ MB left, and 30 MB are kept free/);
    const update = tensors({ 'x.shared.A': [1, 1] });
    await assert.rejects(ada.send(1, new Uint8Array(100)), /is paused/);
    await assert.rejects(admin.call('startGroup', { params: { group: 'group' } }), /nearly out of room/);
    await rm(ballast);
    await reach('running');
    await ada.contribute(update);
    await ada.until('the end', ({ state }) => state === 'completed');
  } finally {
    await coordinator.close();
  }
});
