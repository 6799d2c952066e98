// A package for one system: onnxruntime's and the tokenizers' own files, unchanged, with that system's binaries alone and without
// their install scripts (onnxruntime's would download CUDA's libraries: scripts/install-onnx-cuda.sh does where it is wanted).
import { cpSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type NativeSystem, nativeName } from './native-systems.ts';
import { packed, type Versions } from './packed.ts';

/** `installed`: a node_modules folder. */
export function packNative(
  installed: string,
  target: string,
  system: NativeSystem,
  versions: Versions,
): void {
  const { platform, arch, tokenizers } = system;
  copyOnnxruntime(join(installed, 'onnxruntime-node'), join(target, 'onnxruntime-node'), system);
  const own = join(installed, 'tokenizers');
  mkdirSync(join(target, 'tokenizers'), { recursive: true });
  const files = readdirSync(own).filter(
    (name) =>
      /^(index\.js|licen[cs]e.*|readme.*)$/i.test(name) ||
      tokenizers.includes(name.slice('tokenizers.'.length, -'.node'.length)),
  );
  for (const name of files) cpSync(join(own, name), join(target, 'tokenizers', name));
  writeEntry(join(target, 'tokenizers'), 'index.js', versions.versionOf('tokenizers'));
  packed(target, {
    name: nativeName(system),
    description: `What CoLoRA computes with on ${platform} ${arch}: onnxruntime (MIT) and Hugging Face’s tokenizers (Apache-2.0)`,
    license: 'MIT AND Apache-2.0',
    os: [platform],
    cpu: [arch],
    dependencies: versions.of(['onnxruntime-common']),
  });
}

/** Where there is no binary its package says so when it is loaded, as the whole one does. */
function copyOnnxruntime(from: string, to: string, { platform, arch }: NativeSystem): void {
  cpSync(join(from, 'dist'), join(to, 'dist'), {
    recursive: true,
    filter: (path) => !/\.(map|d\.ts)$/.test(path),
  });
  const binaries = join('bin', 'napi-v6', platform, arch);
  if (existsSync(join(from, binaries))) cpSync(join(from, binaries), join(to, binaries), { recursive: true });
  for (const name of readdirSync(from).filter((file) => /^(licen[cs]e|readme|third)/i.test(file)))
    cpSync(join(from, name), join(to, name));
  writeEntry(to, 'dist/index.js', null);
}

/** By which `require` finds what to load in a folder. */
function writeEntry(folder: string, main: string, version: string | null): void {
  writeFileSync(
    join(folder, 'package.json'),
    `${JSON.stringify({ main, ...(version === null ? {} : { version }), type: 'commonjs' }, null, 2)}\n`,
  );
}
