// The command of a compiled house in few files: its tests and the demo start it hundreds of times, and each start reads six
// hundred modules one by one otherwise. The launcher and the workers' first files stay; what these load becomes bundles.
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type BuildOptions, build, type Metafile, type Plugin } from 'esbuild';

/** Where the launcher looks first. */
const bundled = 'apps/cli/bundled';
/** What is started: the command, and threads and processes of its own. */
export const command = 'apps/cli/src/main';
export const workers = [
  'packages/training/src/worker/worker',
  'packages/training/src/text/templates/template-process',
  'packages/models/src/precision/quantise-thread',
];
/** Ours, and of what is installed the packages of many files that need nothing beside them: all others are loaded as they are. */
const swallowed = /^(@colora|commander|csv-parse|protobufjs|zod)(\/|$)/;

/**
 * Lays what the command and its workers load into `house`, as compile-house.ts leaves it, where the launcher finds it. Modules keep
 * the address that they had, by which they find the files beside them: so it stays where it was made.
 */
export async function bundleCommand(house: string): Promise<void> {
  await bundle({
    entryPoints: [command, ...workers].map((name) => join(house, `${name}.js`)),
    outbase: house,
    outdir: join(house, bundled),
    plugins: [addressed((path) => JSON.stringify(pathToFileURL(path).href)), installedAsTheyAre(swallowed)],
  });
  for (const worker of workers) {
    renameSync(join(house, `${worker}.js`), join(house, `${worker}${unbundled}`));
    writeFileSync(
      join(house, `${worker}.js`),
      `import '${posix.relative(posix.dirname(worker), `${bundled}/${worker}.js`)}';\n`,
    );
  }
}

const unbundled = '.unbundled.js';

/** A module of a compiled house as it was compiled, whether bundleCommand was there or not. */
export function compiledModule(house: string, name: string): string {
  const kept = join(house, `${name}${unbundled}`);
  return existsSync(kept) ? kept : join(house, `${name}.js`);
}

/** ES modules for Node, split where they share. Throws what doesn't fit, warnings too. */
export async function bundle(options: BuildOptions): Promise<Metafile> {
  const { warnings, metafile } = await build({
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    sourcemap: 'linked',
    metafile: true,
    // CommonJS among what is swallowed asks for Node's own modules by it; what else is called so esbuild calls otherwise
    banner: {
      js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
    },
    logLevel: 'silent',
    ...options,
    plugins: [...(options.plugins ?? []), inEnglish],
  });
  if (warnings.length > 0) throw new Error(`bundling: ${warnings.map(({ text }) => text).join('; ')}`);
  return metafile!;
}

/** zod's messages in English alone: its fifty translations are half of it, and every command that knows a schema would read them. */
const inEnglish: Plugin = {
  name: 'in English',
  setup(bundling) {
    bundling.onLoad({ filter: /[\\/]zod[\\/]v4[\\/]locales[\\/]index\.js$/ }, () => ({
      contents: "export { default as en } from './en.js';",
      loader: 'js',
    }));
  },
};

/** `address`: the expression that stands for the address of the module at a path. */
export function addressed(address: (path: string) => string): Plugin {
  return {
    name: 'own addresses',
    setup(bundling) {
      bundling.onLoad({ filter: /\.js$/ }, ({ path }) => {
        if (path.includes('/node_modules/')) return undefined;
        const own = address(path);
        return { contents: readFileSync(path, 'utf8').replaceAll('import.meta.url', own), loader: 'js' };
      });
    },
  };
}

/** `inside`: what becomes part of the bundle, beside what is ours. */
export function installedAsTheyAre(inside: RegExp): Plugin {
  return {
    name: 'installed as they are',
    setup(bundling) {
      bundling.onResolve({ filter: /^[^./]/ }, ({ path, kind }) => {
        const isInside = kind === 'entry-point' || inside.test(path);
        return isInside ? undefined : { path, external: true };
      });
    },
  };
}
