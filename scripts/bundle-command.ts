// The command of a compiled house in few files: its tests and the demo start it hundreds of times, and each start reads six
// hundred modules one by one otherwise. The launcher and the workers' first files stay; what these load becomes bundles.
import { readFileSync, writeFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build, type Plugin } from 'esbuild';

/** Where the launcher looks first. */
const bundled = 'apps/cli/bundled';
const command = 'apps/cli/src/main';
const workers = [
  'packages/training/src/worker/worker',
  'packages/training/src/text/templates/template-process',
  'packages/models/src/precision/quantise-thread',
];
/** Of what is installed, the packages of many files that need nothing beside them: all others are loaded as they are. */
const swallowed = /^(commander|csv-parse|protobufjs|zod)(\/|$)/;

/**
 * Lays what the command and its workers load into `house`, as compile-house.ts leaves it, where the launcher finds it. Modules keep
 * the address that they had, by which they find the files beside them: so it stays where it was made.
 */
export async function bundleCommand(house: string): Promise<void> {
  const { warnings } = await build({
    entryPoints: [command, ...workers].map((name) => join(house, `${name}.js`)),
    outbase: house,
    outdir: join(house, bundled),
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
  for (const worker of workers)
    writeFileSync(
      join(house, `${worker}.js`),
      `import '${posix.relative(posix.dirname(worker), `${bundled}/${worker}.js`)}';\n`,
    );
}

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
