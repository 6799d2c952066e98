// Members of a group whose downloads are encoded get the same file as announced, close to the checkpoint, which stays f32.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiProblem } from '@colora/protocol/api-client';
import { seededRandom } from '@colora/tensors/random';
import type { TensorMap } from '@colora/tensors/tensor';
import { type DownloadEncoding, decodeCheckpoint } from '@colora/tensors/wire/wire-checkpoint';
import { onOneDatabase } from '../testing/databases.ts';
import { hash, joinAs, makeGroup, type TestMember } from '../testing/group.ts';
import { useCoordinator } from '../testing/use-coordinator.ts';

const random = seededRandom('downloads');
const drawn = (): TensorMap =>
  new Map([
    ['a', { shape: [70_000], data: Float32Array.from({ length: 70_000 }, () => random.gaussian()) }],
    ['b', { shape: [3, 7], data: Float32Array.from({ length: 21 }, () => random.gaussian()) }],
  ]);
const steps: Record<DownloadEncoding, number> = { f32: 0, f16: 2 ** -9, bf16: 2 ** -6, int8: 6 / 254 };

onOneDatabase('download encodings', (database) => {
  const coordinator = useCoordinator(database);

  /** Downloads what the assignment announces, and holds it to that. */
  async function download(member: TestMember, group: string): Promise<{ tensors: TensorMap; bytes: number }> {
    const { checkpoint } = await member.assignment();
    const { version, encoding, sha256 } = checkpoint!;
    const query = { encoding };
    const answer = await member.api.call('getCheckpoint', { params: { group, version }, query });
    const bytes = new Uint8Array(await answer.arrayBuffer());
    assert.equal(bytes.length, checkpoint!.bytes);
    assert.equal(hash(bytes), sha256);
    assert.equal(answer.headers.get('etag'), `"${sha256}"`);
    return { tensors: decodeCheckpoint(bytes), bytes: bytes.length };
  }

  for (const encoding of ['f32', 'f16', 'bf16', 'int8'] as const) {
    test(`${encoding}: the first checkpoint and the next`, async () => {
      const initial = drawn();
      const group = `group-${encoding}`;
      const aggregation = { normBound: 'off' } as const; // what is drawn is larger than what is trained
      const settings = { wire: { download: encoding }, aggregation };
      await makeGroup(coordinator.url, { name: group, settings, initial });
      const ada = await joinAs(coordinator.url, `ada-${encoding}`, group);
      const bob = await joinAs(coordinator.url, `bob-${encoding}`, group);
      const check = async () => {
        const { tensors, bytes } = await download(ada, group);
        for (const [name, { shape, data }] of await ada.checkpoint()) {
          assert.deepEqual(tensors.get(name)!.shape, shape);
          for (let at = 0; at < data.length; at += 1) {
            assert.ok(Math.abs(tensors.get(name)!.data[at]! - data[at]!) <= steps[encoding]);
          }
        }
        return bytes;
      };
      const first = await check();
      assert.ok(first < { f32: 281_000, f16: 141_000, bf16: 141_000, int8: 76_000 }[encoding], `${first}`);
      await ada.contribute(drawn());
      await bob.contribute(drawn());
      await ada.until('the commit', ({ checkpoint }) => checkpoint?.version === 1);
      assert.equal(await check(), first);
    });
  }

  test('an encoding that the group doesn’t keep is refused by name', async () => {
    await makeGroup(coordinator.url, { name: 'half', settings: { wire: { download: 'bf16' } } });
    const ada = await joinAs(coordinator.url, 'ada-half', 'half');
    const asked = ada.api.call('getCheckpoint', {
      params: { group: 'half', version: 0 },
      query: { encoding: 'int8' },
    });
    await assert.rejects(asked, (error: unknown) => {
      assert.ok(error instanceof ApiProblem);
      assert.match(error.message, /half keeps its checkpoints in f32 and bf16, not in int8/);
      return true;
    });
  });
});
