// Where onnxruntime doesn't load, the reason and the cure: on the platforms that have no binary of it, and on those that have
// one. That everything goes on without it, with the package really broken: test/onnxruntime/without-onnxruntime.test.ts.
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { describeLoadFailure, onnxruntimeProblem } from './onnxruntime.ts';
import { cutBinary } from './whole-binaries.ts';

const missing = Object.assign(new Error("Cannot find module '../bin/binding.node'\nRequire stack:\n- here"), {
  code: 'MODULE_NOT_FOUND',
});
const unloadable = Object.assign(new Error('libonnxruntime.so.1: cannot open shared object file'), {
  code: 'ERR_DLOPEN_FAILED',
});
const on = (platform: string, arch: string, lacksGlibc = false) => ({ platform, arch, lacksGlibc });

for (const [what, error, platform, says] of [
  ['macOS x64 has no binary', missing, on('darwin', 'x64'), /no binary for darwin x64.*Node\.js for arm64/],
  ['FreeBSD has no binary', missing, on('freebsd', 'x64'), /no binary for freebsd x64, only for linux x64/],
  [
    'a file is missing',
    missing,
    on('linux', 'x64'),
    /not installed whole \(Cannot find.*node'\): run npm ci$/,
  ],
  ['a library is missing', unloadable, on('linux', 'arm64'), /linux arm64 does not load \(libonnx.*npm ci/],
  ['Alpine has no glibc', unloadable, on('linux', 'x64', true), /needs glibc .*not on Alpine/],
  ['Windows lacks its runtime', unloadable, on('win32', 'x64'), /Visual C\+\+ Redistributable/],
] as const) {
  test(`${what}: said in one line, with the cure`, () => {
    const line = describeLoadFailure(error, platform);
    assert.match(line, says);
    assert.doesNotMatch(line, /\n/);
  });
}

test('where these tests run it loads', () => assert.equal(onnxruntimeProblem(), null));

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'colora-binaries-'));
});
after(() => rm(folder, { recursive: true, force: true }));

test('a library that is cut off is seen before it is loaded', async () => {
  const binding = 'onnxruntime-node/bin/napi-v6/linux/x64/onnxruntime_binding.node'; // there on every platform
  const bytes = await readFile(createRequire(import.meta.url).resolve(binding));
  await writeFile(join(folder, 'whole.so'), bytes);
  assert.equal(cutBinary(folder), null);
  for (const length of [0, 10, 64, 1000, bytes.length >> 1, bytes.length - 1]) {
    await writeFile(join(folder, 'cut.so'), bytes.subarray(0, length));
    assert.equal(cutBinary(folder), 'cut.so', `of ${length} bytes`);
  }
  assert.equal(cutBinary(join(folder, 'none')), null);
});
