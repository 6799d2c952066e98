// The package `colora`: the command, the library and all that a member's machine needs, as one bundle whose third-party packages npm installs. What
// has binaries comes by packages of one system each (pack-native.ts), the coordinator by its own (pack-coordinator.ts).
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { bundle, command, compiledModule, installedAsTheyAre, workers } from '../bundle-command.ts';
import { nativePackages } from './native-systems.ts';
import { addressedBeside, neededBeside, packed, type Versions } from './packed.ts';

/** What `import … from 'colora'` gives, and its types. */
const library = 'apps/cli/src/library/library';
const types = 'apps/cli/src/library/colora.d.ts';
/** Threads that are told which module to load. */
const toldWorkers = ['packages/training/src/data/parquet/parquet-thread'];
/** The first files of threads and processes, which stay as they are. */
const entries = [
  'packages/training/src/worker/worker-entry',
  'packages/training/src/text/templates/template-entry',
  'packages/models/src/precision/quantise-entry',
  'apps/cli/bin/colora',
];
/** Of the coordinator's package alone; what `colora verify` computes with is the member's too. */
const inside = [
  /^@colora\/(?!coordinator\/)/,
  /^@colora\/coordinator\/rounds\/replay\//,
  /^(commander|csv-parse|protobufjs|zod)(\/|$)/,
];
const workspaces = [
  'apps/cli',
  'apps/client',
  ...['adapters', 'models', 'training', 'tfjs-onnx', 'tensors', 'protocol', 'tracing'].map(
    (name) => `packages/${name}`,
  ),
];
/** By packages of one system each. */
const native = ['onnxruntime-node', 'tokenizers'];

/** `house`: compiled. Lays the package into `target`. */
export async function packMember(house: string, target: string, versions: Versions): Promise<void> {
  const dist = join(target, 'dist');
  const files = join(dist, 'files'); // where modules find what lies beside them
  const metafile = await bundle({
    entryPoints: [command, library, ...workers, ...toldWorkers].map((name) => ({
      in: compiledModule(house, name),
      out: posix.basename(name),
    })),
    outdir: dist,
    chunkNames: 'part-[hash]',
    plugins: [
      addressedBeside(house),
      installedAsTheyAre(new RegExp(inside.map(({ source }) => source).join('|'))),
    ],
  });
  for (const name of [command, ...workers, ...toldWorkers]) {
    const place = join(files, `${name}.js`);
    mkdirSync(dirname(place), { recursive: true });
    const main = posix.relative(posix.dirname(`files/${name}.js`), `${posix.basename(name)}.js`);
    writeFileSync(place, `export * from '${main}';\n`);
  }
  for (const entry of entries) {
    const place = join(files, `${entry}.js`);
    mkdirSync(dirname(place), { recursive: true });
    cpSync(join(house, `${entry}.js`), place);
  }
  cpSync(join(house, types), join(dist, posix.basename(types)));
  const needed = neededBeside(metafile, workspaces).filter((name) => !native.includes(name));
  const { version } = versions;
  packed(target, {
    name: 'colora',
    description: versions.description,
    exports: {
      '.': { types: `./dist/${posix.basename(types)}`, default: `./dist/${posix.basename(library)}.js` },
      './package.json': './package.json',
    },
    bin: { colora: 'dist/files/apps/cli/bin/colora.js' },
    dependencies: versions.of(['onnxruntime-common', ...needed.filter((name) => !versions.isOptional(name))]),
    optionalDependencies: {
      ...versions.of(needed.filter(versions.isOptional)),
      ...Object.fromEntries(nativePackages.map((name) => [name, version])),
    },
    peerDependencies: { '@colora/coordinator': version },
    peerDependenciesMeta: { '@colora/coordinator': { optional: true } },
  });
  writeFileSync(join(target, 'README.md'), readFileSync(join(house, 'docs/members.md')));
}
