// Which test files share a process. Starting one, loading what is tested and compiling the first of it all costs more than most of
// these files do. Coordinators on databases, and whole systems (test/, chaos, fuzz), have theirs to themselves.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Files that run one after the other in one process, each a suite of its own. */
export interface Batch {
  readonly name: string;
  readonly files: readonly string[];
}

/** So many that one failing or hanging file is found, and that the last batch isn't long. */
const mostFiles = 16;

const shared = /^(packages\/|apps\/(client|cli)\/)/;

/** What they change of their process, others of it would feel. */
const alone = new Set([
  'packages/protocol/src/failures/time-limit.test.js', // V8's flags
  'packages/training/src/engines/cuda-float32.test.js', // the environment
  'packages/training/src/testing/causal-attention.test.js', // the tfjs backend that others leave behind
  'packages/training/src/trainer.test.js', // holds how long its main loop stands still, which a large heap's collections lengthen
]);

/** `files` of the house at `root`, sorted by folder. */
export function batchesOf(root: string, files: readonly string[]): Batch[] {
  const batches: { name: string; files: string[] }[] = [];
  for (const file of files) {
    const path = relative(root, file).replaceAll('\\', '/');
    const name = path.split('/').slice(0, 2).join('/');
    const last = batches.at(-1);
    if (!shared.test(path) || alone.has(path)) batches.push({ name: path, files: [file] });
    else if (last?.name === name && last.files.length < mostFiles) last.files.push(file);
    else batches.push({ name, files: [file] });
  }
  return batches;
}

/** The file that runs a batch, written to `folder` where there is none that does. */
export function fileOf({ files }: Batch, root: string, folder: string): string {
  if (files.length === 1) return files[0]!;
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${relative(root, files[0]!).replaceAll(/[\\/]/g, '-')}`);
  const suites = files.map((file) => {
    const [name, address] = [relative(root, file), pathToFileURL(file).href].map((text) =>
      JSON.stringify(text),
    );
    return `suite(${name}, async () => void (await import(${address})));\n`;
  });
  writeFileSync(path, `import { suite } from 'node:test';\n${suites.join('')}`);
  return path;
}
