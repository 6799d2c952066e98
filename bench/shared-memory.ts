// Four processes that train on one base model: what they take of the machine together (proportional set size, in which
// a page that n processes map counts 1/n in each), beside one by itself. COLORA_BENCH_LANGUAGE_MODEL names the model's
// folder; Linux only, since /proc tells.
import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BasePrecision } from '@colora/models/base-precision';

const model = process.env.COLORA_BENCH_LANGUAGE_MODEL;
const clients = 4;

if (process.argv[2] === 'client') await client(process.argv[3] as BasePrecision);
else if (model === undefined)
  console.log('skipped: COLORA_BENCH_LANGUAGE_MODEL names no folder of a language model');
else for (const precision of ['32bit', '8bit'] as const) await measure(precision);

/** Runs steps, says so, and stays until it is told to end. */
async function client(precision: BasePrecision): Promise<void> {
  const { withPrecision } = await import('@colora/models/quantised-base');
  const { onnxEngine } = await import('@colora/training/engines/onnx-engine');
  const { trainingProgram } = await import('@colora/training/programs/programs');
  const { languageModelStep } = await import('./training/language-model.ts');
  const folder = mkdtempSync(join(tmpdir(), 'colora-bench-memory-'));
  const step = await languageModelStep(model!, folder);
  rmSync(folder, { recursive: true });
  const base = await withPrecision(step.parts.base, precision, join(tmpdir(), 'colora-bench-precision'));
  const engine = onnxEngine({ device: 'cpu', threads: 1, prefixBytes: 0 });
  const compiled = await engine.compile(trainingProgram({ ...step.parts, base }, 'shared', step.shape));
  const weights = new Set(base.weights.map(({ file }) => join(base.weightsFolder, file)));
  process.on('message', () => process.exit(0));
  for (;;) {
    await compiled.run(step.inputs);
    process.send!([...weights]);
  }
}

async function measure(precision: BasePrecision): Promise<void> {
  const alone = await together(1, precision);
  const all = await together(clients, precision);
  const own = alone.total - alone.weights;
  const weights = alone.files.reduce((sum, path) => sum + statSync(path).size, 0);
  const bound = weights + clients * own;
  console.log(
    `${precision}: weights ${megabytes(weights)} MB; one client ${megabytes(alone.total)} MB, ${megabytes(own)} MB of them its own; ` +
      `${clients} clients ${megabytes(all.total)} MB (weights + ${clients} x its own: ${megabytes(bound)} MB), ` +
      `mapped weights in all ${megabytes(all.weights)} MB`,
  );
}

/** The largest sum of proportional set sizes seen while all are running steps, and the weights' share in it. Bytes. */
async function together(count: number, precision: BasePrecision) {
  const script = fileURLToPath(import.meta.url);
  const children = Array.from({ length: count }, () =>
    fork(script, ['client', precision], { execArgv: ['--import', 'tsx'] }),
  );
  const files = await Promise.all(children.map(firstStep));
  let most = { total: 0, weights: 0 };
  for (let sample = 0; sample < 40; sample += 1) {
    const sizes = children.map(({ pid }) => proportional(pid!, new Set(files.flat())));
    const total = sizes.reduce((sum, size) => sum + size.total, 0);
    const weights = sizes.reduce((sum, size) => sum + size.weights, 0);
    if (total > most.total) most = { total, weights };
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await Promise.all(children.map(ended));
  return { ...most, files: [...new Set(files.flat())] };
}

function firstStep(child: ChildProcess): Promise<string[]> {
  return new Promise((resolve, reject) => {
    child.once('message', (files) => resolve(files as string[]));
    child.once('exit', (status) => reject(new Error(`a client ended with status ${status}`)));
  });
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.send('end');
  });
}

function proportional(pid: number, weightFiles: ReadonlySet<string>): { total: number; weights: number } {
  let total = 0;
  let weights = 0;
  let file = '';
  for (const line of readFileSync(`/proc/${pid}/smaps`, 'utf8').split('\n')) {
    const [first = '', value = ''] = line.split(/\s+/);
    if (/^[0-9a-f]+-[0-9a-f]+$/.test(first))
      file = line.slice(line.indexOf('/') >= 0 ? line.indexOf('/') : line.length);
    if (first !== 'Pss:') continue;
    total += 1024 * Number(value);
    if (weightFiles.has(file)) weights += 1024 * Number(value);
  }
  return { total, weights };
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 2 ** 20);
}
