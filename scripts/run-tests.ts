// Runs every *.test.js below the given folders, and those named, with Node's own test runner, and ends with one closing line.
// compile-and-run.ts starts it; which files share a process is batches.ts's, how many run at once each-while-idle.ts's.
import { mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { PassThrough } from 'node:stream';
import { finished } from 'node:stream/promises';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { fileURLToPath } from 'node:url';
import { type Batch, batchesOf, fileOf } from './batches.ts';
import { eachWhileIdle } from './each-while-idle.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const skipped = new Set(['node_modules', 'generated', '.git', '.turbo', 'dist']);

function findTests(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (skipped.has(entry.name)) return [];
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return findTests(path);
    return entry.name.endsWith('.test.js') ? [path] : [];
  });
}

const named = process.argv.slice(2);
const files = named.flatMap((name) => (name.endsWith('.test.js') ? [name] : findTests(name)));
if (files.length === 0) {
  console.error('no tests there');
  process.exit(2);
}

// Folders with long files first, so that none of these runs alone at the end while a processor has nothing to do.
const longFirst = ['test/', 'packages/training/', 'apps/coordinator/', 'packages/models/', ''];
const rank = (file: string) => longFirst.findIndex((folder) => relative(root, file).startsWith(folder));
files.sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));

// Room for a machine that is busy with other things: a file that hangs ends some day, a slow one is let be.
const fileLimitMs = 30 * 60_000;

const counts = { passed: 0, failed: 0, skipped: 0 };
const seconds = new Map<string, number>();
const report = new PassThrough({ objectMode: true });
report.compose(new spec()).pipe(process.stdout);

interface Told {
  readonly type: string;
  readonly data: {
    readonly name?: string;
    readonly nesting?: number;
    readonly message?: string;
    readonly details?: { readonly duration_ms: number };
  };
}

/** Of one process's tests: the closing line counts all. */
const isTotal = ({ type, data }: Told) =>
  type === 'test:diagnostic' &&
  data.nesting === 0 &&
  /^(tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) /.test(data.message ?? '');

const generated = mkdtempSync(join(tmpdir(), 'batches-'));

/** What a batch's tests came to is told once it is done, so that those which run together don't mix; what it prints, at once. */
async function runBatch(batch: Batch): Promise<void> {
  const began = performance.now();
  const stream = run({ files: [fileOf(batch, root, generated)], timeout: fileLimitMs });
  stream.on('test:pass', (event) => {
    if (event.details.type === 'suite') return;
    if (event.skip !== undefined) counts.skipped += 1;
    else counts.passed += 1;
  });
  stream.on('test:fail', (event) => {
    const { type, error } = event.details;
    if (type !== 'suite' || !('failureType' in error && error.failureType === 'subtestsFailed'))
      counts.failed += 1;
    process.exitCode = 1;
  });
  const events: Told[] = [];
  for await (const event of stream) {
    const told = event as Told;
    if (/^test:std(out|err)$/.test(told.type)) report.write(told);
    else if (!isTotal(told)) events.push(told);
  }
  for (const event of events) report.write(event);
  if (batch.files.length === 1) seconds.set(batch.name, (performance.now() - began) / 1000);
  for (const { data } of events)
    if (data.details !== undefined && batch.files.includes(join(root, data.name!)))
      seconds.set(data.name!, data.details.duration_ms / 1000);
}

await eachWhileIdle(batchesOf(root, files), runBatch);
report.end();
await finished(report);
const longest = [...seconds].sort(([, a], [, b]) => b - a).slice(0, 20);
process.on('exit', () => {
  for (const [file, took] of longest) console.log(`${took.toFixed(0).padStart(5)} s ${file}`);
  console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
});
