// The training step (loss and the gradient of every adapter) beside PyTorch with peft, where COLORA_BENCH_PYTHON names a
// Python that has them. Without flags: steps of an encoder and a small language model, timed in turns (usual-steps.ts).
//
//   npm run bench:training -- [--json FILE]
//   npm run bench:training -- --shapes [NAME ...] [--only TEXT] [--repeats N] [--json FILE]
//
// --shapes    steps in the shapes of models of a billion parameters, random weights, one process at a time: CPU seconds,
//             measured and announced memory, and how far losses and gradients are from PyTorch's, which is an error in
//             float32 (shapes/compare-shapes.ts); the names that follow, or all but `tiny`
// --only      those whose `model case implementation` holds one of the texts between commas, for instance
//             '1x128-qv-r8 onnx-f32,1x128-qv-r8 torch'
// --repeats   timed steps of each, after one that prepares (default 2)
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const { values: flags, positionals } = parseArgs({
  options: {
    shapes: { type: 'boolean' },
    only: { type: 'string', default: '' },
    repeats: { type: 'string', default: '2' },
    json: { type: 'string' }, // report.ts reads this one and the next
    'peak-of': { type: 'string' },
  },
  allowPositionals: true,
});

const folder = mkdtempSync(join(tmpdir(), 'colora-bench-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(1));

if (flags.shapes) {
  const { compareShapes } = await import('./training/shapes/compare-shapes.ts');
  await compareShapes({ names: positionals, only: flags.only, repeats: Number(flags.repeats), folder });
} else {
  const { compareUsualSteps } = await import('./training/usual-steps.ts');
  await compareUsualSteps(folder);
}
process.exit(); // tfjs-wasm's threads and the peers would keep the process alive
