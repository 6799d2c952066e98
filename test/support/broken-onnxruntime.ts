// onnxruntime's package in a copy that is broken in one way, and the environment in which processes load that one: what a
// platform without a binary, an installation that was interrupted or a system of another kind gives.
import { cp, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const { resolve } = createRequire(
  fileURLToPath(new URL('../../packages/training/package.json', import.meta.url)),
);
const whole = dirname(dirname(resolve('onnxruntime-node')));
const builds = join('bin', 'napi-v6');
const here = join(builds, process.platform, process.arch);
const elsewhere = join(builds, process.platform === 'win32' ? 'linux' : 'win32', 'x64');
const binding = 'onnxruntime_binding.node';

export type Fault = 'no binary' | 'a binary that is cut off' | 'a binary for another system';

const breakBinaries: Readonly<Record<Fault, (binaries: string) => Promise<void>>> = {
  'no binary': (binaries) => rm(binaries, { recursive: true }),
  'a binary that is cut off': async (binaries) => {
    const bytes = await readFile(join(binaries, binding));
    await writeFile(join(binaries, binding), bytes.subarray(0, bytes.length >> 1));
  },
  'a binary for another system': (binaries) =>
    cp(join(whole, elsewhere, binding), join(binaries, binding), { force: true }),
};

/** The environment; the copy, of which most are links, lies in a folder of its own in `folder`. */
export async function breakOnnxruntime(folder: string, fault: Fault): Promise<{ NODE_OPTIONS: string }> {
  const broken = join(folder, fault.replaceAll(' ', '-'));
  const copy = join(broken, 'onnxruntime-node');
  await rm(broken, { recursive: true, force: true });
  await mkdir(join(copy, here), { recursive: true });
  await cp(join(whole, 'package.json'), join(copy, 'package.json'));
  await cp(join(whole, 'dist'), join(copy, 'dist'), { recursive: true });
  for (const name of await readdir(join(whole, here))) {
    // what is loaded by its real path has to be a file of its own
    if (name === binding) await cp(join(whole, here, name), join(copy, here, name));
    else await symlink(join(whole, here, name), join(copy, here, name));
  }
  const common = dirname(dirname(createRequire(join(whole, 'package.json')).resolve('onnxruntime-common')));
  await mkdir(join(copy, 'node_modules'));
  await symlink(packageFolder(common), join(copy, 'node_modules', 'onnxruntime-common'), 'junction');
  await breakBinaries[fault](join(copy, here));
  const hook = join(broken, 'load-the-copy.cjs');
  await writeFile(hook, loadTheCopy(join(copy, 'dist', 'index.js')));
  return { NODE_OPTIONS: `--require ${JSON.stringify(hook)}` };
}

/** From a folder inside it. */
function packageFolder(inside: string): string {
  return inside.endsWith('onnxruntime-common') ? inside : packageFolder(dirname(inside));
}

function loadTheCopy(entry: string): string {
  return `const Module = require('node:module');
const resolve = Module._resolveFilename;
Module._resolveFilename = function (request, ...rest) {
  return request === 'onnxruntime-node' ? ${JSON.stringify(entry)} : resolve.call(this, request, ...rest);
};
`;
}
