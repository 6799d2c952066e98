// The command of a compiled house in few files: its tests and the demo start it hundreds of times, and each start reads six
// hundred modules one by one otherwise. The launcher and the workers' first files stay; what these load becomes bundles.
import { readFileSync, writeFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build, type Plugin } from 'esbuild';

const launcher = 'apps/cli/bin/colora.js';
const command = 'apps/cli/src/main';
const workers = [
  'packages/training/src/worker/worker',
  'packages/training/src/text/templates/template-process',
  'packages/models/src/precision/quantise-thread',
];
/** Of what is installed, the packages of many files that need nothing beside them: all others are loaded as they are. */
const swallowed = /^(commander|csv-parse|protobufjs|zod)(\/|$)/;

/**
 * Lays what the command and its workers load into `bundled/` of `house`, as compile-house.ts leaves it, and has the launcher
 * load it from there. Modules keep the address that they had, by which they find the files beside them.
 */
export async function bundleCommand(house: string): Promise<void> {
  const bundled = join(house, 'bundled');
  const { warnings } = await build({
    entryPoints: [command, ...workers].map((name) => join(house, `${name}.js`)),
    outbase: house,
    outdir: bundled,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    sourcemap: 'linked',
    // CommonJS among what is swallowed asks for Node's own modules by it
    banner: {
      js: "import { createRequire as requireFrom } from 'node:module'; globalThis.require ??= requireFrom(import.meta.url);",
    },
    plugins: [ownAddresses, installedAsTheyAre],
    logLevel: 'silent',
  });
  if (warnings.length > 0) throw new Error(`bundling: ${warnings.map(({ text }) => text).join('; ')}`);
  const called = "'../src/main.js'";
  const [before, after, ...more] = readFileSync(join(house, launcher), 'utf8').split(called);
  if (after === undefined || more.length > 0)
    throw new Error(`${launcher} doesn’t load ${called} at one place`);
  writeFileSync(join(house, launcher), `${before}'${fromBundle(launcher, command)}'${after}`);
  for (const worker of workers)
    writeFileSync(join(house, `${worker}.js`), `import '${fromBundle(worker, worker)}';\n`);
}

/** How the file `from` names the bundle of `name`. */
const fromBundle = (from: string, name: string) => posix.relative(posix.dirname(from), `bundled/${name}.js`);

const ownAddresses: Plugin = {
  name: 'own addresses',
  setup(bundle) {
    bundle.onLoad({ filter: /\.js$/ }, ({ path }) => {
      if (path.includes('/node_modules/')) return undefined;
      const address = JSON.stringify(pathToFileURL(path).href);
      return { contents: readFileSync(path, 'utf8').replaceAll('import.meta.url', address), loader: 'js' };
    });
  },
};

const installedAsTheyAre: Plugin = {
  name: 'installed as they are',
  setup(bundle) {
    bundle.onResolve({ filter: /^[^./]/ }, ({ path, kind }) => {
      const isOurs = kind === 'entry-point' || path.startsWith('@colora/');
      return isOurs || swallowed.test(path) ? undefined : { path, external: true };
    });
  },
};
