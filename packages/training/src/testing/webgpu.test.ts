// The webgpu device: refused with a warning where there is none; where there is one (a graphics card, or SwiftShader
// named by VK_ICD_FILENAMES) a small step agrees with the processor.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** In a process of its own: a driver that crashes must not take the test runner with it. */
async function probe(
  environment: Record<string, string>,
  ...given: string[]
): Promise<{ device: string; log: string[]; losses: number[] }> {
  const script = fileURLToPath(new URL('./testing-webgpu.ts', import.meta.url));
  const { stdout } = await run(process.execPath, ['--import', 'tsx', script, ...given], {
    env: { ...process.env, ...environment },
  });
  return JSON.parse(stdout.trim().split('\n').at(-1)!);
}

test('without a graphics device the trainer says so and goes on with the processor', async () => {
  const { device, log, losses } = await probe({ VK_ICD_FILENAMES: '/nowhere.json' });
  assert.equal(device, 'cpu');
  assert.match(
    log.join('\n'),
    /webgpu is not used: it does not work here .*; going on with onnxruntime on the processor/,
  );
  assert.equal(losses[0], losses[1]);
});

const driver = process.env.VK_ICD_FILENAMES;
const why = 'VK_ICD_FILENAMES names no software driver';
test('a small step on webgpu equals the processor', {
  skip: driver === undefined ? why : false,
}, async () => {
  const { device, log, losses } = await probe({});
  assert.equal(device, 'webgpu', log.join('\n'));
  assert.ok(Math.abs(losses[0]! - losses[1]!) <= 1e-4, `losses ${losses.join(' and ')}`);
});

test('with weights in 16 bits too, be they what the device reads or not', {
  skip: driver === undefined ? why : false,
}, async () => {
  const cache = await mkdtemp(join(tmpdir(), 'colora-webgpu-'));
  try {
    const { device, log, losses } = await probe({}, cache);
    assert.equal(device, 'webgpu', log.join('\n'));
    assert.deepEqual(log, []);
    assert.ok(Math.abs(losses[0]! - losses[1]!) <= 1e-4, `losses ${losses.join(' and ')}`);
  } finally {
    await rm(cache, { recursive: true });
  }
});
