// The disk under the embedded database fills up: contributions are answered 503, nothing acknowledged is
// lost, and it goes on once there is room. On a small file system of its own, where one may be mounted.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ApiProblem } from '@colora/protocol/api-client';
import { buildCoordinator } from '../coordinator.ts';
import { adminKey, joinAs, makeGroup } from '../testing/group.ts';

const disk = mkdtempSync(join(tmpdir(), 'colora-disk-'));
const mount = (...options: string[]) =>
  spawnSync('mount', [...options, '-t', 'tmpfs', 'tmpfs', disk], { stdio: 'ignore' }).status === 0;
const mounted = mount('-o', 'size=128m');

test('a full disk is 503, and passes', {
  skip: !mounted && 'a file system cannot be mounted here',
}, async () => {
  try {
    const storage = { limitBytes: null, reserveBytes: 1 }; // else groups pause before it is full
    const options = { dataFolder: join(disk, 'data'), port: 0, adminKey, logger: 'silent' as const, storage };
    const coordinator = await buildCoordinator(options);
    try {
      await fillAndRecover(coordinator.url);
    } finally {
      await coordinator.close();
    }
  } finally {
    spawnSync('umount', [disk]);
    rmSync(disk, { recursive: true, force: true });
  }
});

async function fillAndRecover(url: string): Promise<void> {
  const size = 1_000_000;
  const noise = () => Float32Array.from({ length: size }, () => Math.random());
  const update = new Map([['w', { shape: [size], data: noise() }]]);
  await makeGroup(url, { initial: update, settings: { rounds: { count: 1, participants: 1 } } });
  const ada = await joinAs(url, 'ada');
  await ada.until('a round', ({ round }) => round !== null);
  const ballast = fill();
  await assert.rejects(ada.contribute(update), (error: unknown) => {
    assert.ok(error instanceof ApiProblem, String(error));
    assert.deepEqual([error.problem.code, error.retryAfter], ['unavailable', 5]);
    assert.match(error.problem.detail, /disk is full/);
    return true;
  });
  rmSync(ballast);
  assert.equal((await ada.contribute(update)).repeated, false);
  await ada.until('the end', ({ state }) => state === 'completed');
}

/** Takes all room there is but about a megabyte. */
function fill(): string {
  const path = join(disk, 'ballast');
  assert.deepEqual(readdirSync(disk), ['data']);
  const chunk = Buffer.alloc(1024 * 1024);
  try {
    for (;;) writeFileSync(path, chunk, { flag: 'a' });
  } catch {
    return path;
  }
}
