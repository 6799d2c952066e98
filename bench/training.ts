// The training step (loss and the gradient of every adapter) of a random encoder with 6 layers of width 384 on 8 x 128
// tokens, rank 8 on queries and values: compiled by the onnx engine, eager on tfjs-wasm, and in PyTorch with peft
// where COLORA_BENCH_PYTHON names a Python that has them. All run the same weights and report the same loss.
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { openBaseModel } from '@colora/models/base-model';
import { families } from '@colora/models/families';
import { taskSettingsSchema } from '@colora/protocol/task-settings';
import { seededRandom } from '@colora/tensors/random';
import { encode } from '@colora/tensors/safetensors';
import { elementCount, type Tensor, type TensorMap, tensor } from '@colora/tensors/tensor';
import type { Engine, Inputs } from '@colora/training/engine';
import { type ModelParts, modelParts } from '@colora/training/model-parts';
import { onnxEngine } from '@colora/training/onnx-engine';
import { parameterInputs } from '@colora/training/parameter-inputs';
import { trainingProgram } from '@colora/training/programs';
import { tfjsEngine } from '@colora/training/tfjs-engine';
import { type Implementation, measure, report, type Skipped } from './report.ts';

const caseName = 'encoder-6x384-b8x128';
const shape = { size: 8, tokens: 128, targets: 0 };
const labels = ['0', '1', '2', '3'];
const threads = availableParallelism();
const config = {
  model_type: 'bert',
  architectures: ['BertModel'],
  vocab_size: 2000,
  hidden_size: 384,
  num_hidden_layers: 6,
  num_attention_heads: 12,
  intermediate_size: 1536,
  max_position_embeddings: 128,
  hidden_dropout_prob: 0,
  attention_probs_dropout_prob: 0,
};

const folder = mkdtempSync(join(tmpdir(), 'colora-bench-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

function randomTensor(name: string, dimensions: readonly number[]): Tensor {
  const random = seededRandom(name);
  const isGain = /LayerNorm\.weight$/.test(name);
  const deviation = dimensions.length === 1 ? 0.02 : 1 / Math.sqrt(dimensions.at(-1)!);
  const values = Array.from({ length: elementCount(dimensions) }, () => random.gaussian() * deviation);
  return tensor(dimensions, isGain ? values.map((value) => 1 + value) : values);
}

async function makeModel(): Promise<ModelParts> {
  const family = families.find(({ modelType }) => modelType === 'bert')!;
  const weights = family.weights(family.parseConfig(config));
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
  writeFileSync(join(folder, 'tokenizer.json'), '{}'); // only ids are used
  const named = weights.map(({ name, shape: dimensions }) => [name, randomTensor(name, dimensions)] as const);
  writeFileSync(join(folder, 'model.safetensors'), encode(new Map(named), { metadata: { format: 'pt' } }));
  const base = await openBaseModel(folder);
  const settings = taskSettingsSchema.parse({
    baseModel: { name: 'bench', modelType: 'bert', fingerprint: base.fingerprint },
    task: { kind: 'classification', labels, maxTokens: shape.tokens, headScale: 1 },
    adapter: { layout: 'global', rank: 8, alpha: 8, targets: ['query', 'value'] },
  });
  return modelParts(base, settings, labels);
}

/** Batch and trained tensors, the same for everybody. */
function makeStep(parts: ModelParts): { inputs: Inputs; trained: TensorMap; classes: number[] } {
  const random = seededRandom('batch');
  const { size, tokens } = shape;
  const classes = Array.from({ length: size }, () => random.integer(labels.length));
  const targets = new Float32Array(size * labels.length);
  for (const [row, label] of classes.entries()) targets[row * labels.length + label] = 1;
  const trained = new Map(parts.shared.map(({ name, shape: dims }) => [name, randomTensor(name, dims)]));
  const ids = Int32Array.from({ length: size * tokens }, () => random.integer(config.vocab_size));
  const mask = new Float32Array(size * tokens).fill(1);
  return { inputs: { ids, mask, targets, ...parameterInputs(parts, trained) }, trained, classes };
}

type Step = ReturnType<typeof makeStep>;

function writeStep({ inputs, trained, classes }: Step): void {
  const adapters = [...trained].filter(([name]) => !name.startsWith('head/'));
  const tensors = new Map<string, Tensor>([
    ...adapters,
    ['head.weight', tensor([labels.length, config.hidden_size], inputs['shared-head:weight']!)],
    ['head.bias', tensor([labels.length], inputs['shared-head:bias']!)],
    ['ids', tensor([shape.size, shape.tokens], inputs.ids!)],
    ['mask', tensor([shape.size, shape.tokens], inputs.mask!)],
    ['labels', tensor([shape.size], classes)],
  ]);
  writeFileSync(join(folder, 'step.safetensors'), encode(tensors));
  const settings = { rank: 8, alpha: 8, targets: ['query', 'value'], headScale: 1 };
  writeFileSync(join(folder, 'step.json'), JSON.stringify(settings));
}

type Peer = Implementation & { run: () => Promise<void>; peakMemoryMB: number | null };

const losses = new Map<string, number>();

/** Compiles on first use, so that a process that measures one implementation holds no other. */
function implementation(name: string, start: () => Promise<Engine>, parts: ModelParts, { inputs }: Step) {
  const compiled = async () => (await start()).compile(trainingProgram(parts, 'shared', shape));
  let program: ReturnType<typeof compiled> | undefined;
  return {
    name,
    run: async () => {
      program ??= compiled();
      const outputs = await (await program).run(inputs);
      losses.set(name, outputs.loss!.data[0]!);
    },
  };
}

/** A Python process that runs one step a line; null where it does not start. */
async function torchPeer(name: string, dtype: string, preload: string | null): Promise<Peer | Skipped> {
  const python = process.env.COLORA_BENCH_PYTHON;
  const skipped = (reason: string) => ({ case: caseName, implementation: name, skipped: reason });
  if (python === undefined) return skipped('COLORA_BENCH_PYTHON names no Python with torch and peft');
  const script = fileURLToPath(new URL('./peers/torch/training_step.py', import.meta.url));
  const env = { ...process.env, ...(preload === null ? {} : { LD_PRELOAD: preload }) };
  const child = spawn(python, [script, folder, String(threads), dtype], { env });
  const errors: string[] = [];
  child.stderr.on('data', (chunk) => errors.push(String(chunk)));
  child.on('error', (error) => errors.push(error.message));
  child.stdin.on('error', () => undefined); // the answer says that it has ended
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const peer: Peer = {
    name,
    peakMemoryMB: null,
    run: async () => {
      child.stdin.write('step\n');
      const { value, done } = await answers.next();
      if (done) throw new Error(errors.join('').trim().split('\n').at(-1));
      const { loss, peakMemoryMB } = JSON.parse(value) as { loss: number; peakMemoryMB: number };
      losses.set(name, loss);
      peer.peakMemoryMB = peakMemoryMB;
    },
  };
  try {
    await peer.run();
    return peer;
  } catch (error) {
    return skipped((error as Error).message || 'it does not start');
  }
}

/** MKL takes a slow path on processors of other makers unless it is told that this one is Intel's. */
function mklFastPath(): string | null {
  const library = join(folder, 'fast-path.so');
  try {
    const options = { input: 'int mkl_serv_intel_cpu_true(void) { return 1; }' };
    execFileSync('cc', ['-shared', '-fPIC', '-x', 'c', '-', '-o', library], options);
    return library;
  } catch {
    return null;
  }
}

const parts = await makeModel();
const step = makeStep(parts);
writeStep(step);
const fastPath = mklFastPath();
// a process that measures one implementation's memory (report.ts) needs no peers: these tell their own
const withPeers = !process.argv.some((flag) => flag.startsWith('--peak-of'));
const peers = await Promise.all(
  [
    { name: 'torch-peft-f32', dtype: 'float32', preload: null },
    ...(fastPath === null
      ? []
      : [{ name: 'torch-peft-f32-mkl-fast-path', dtype: 'float32', preload: fastPath }]),
    { name: 'torch-peft-bf16-autocast', dtype: 'bfloat16', preload: fastPath },
  ]
    .filter(() => withPeers)
    .map(({ name, dtype, preload }) => torchPeer(name, dtype, preload)),
);
const running = peers.filter((peer): peer is Peer => 'run' in peer);
const measured = await measure(
  [
    implementation('onnx-cpu-f32', async () => onnxEngine({ device: 'cpu', threads }), parts, step),
    implementation('tfjs-wasm', () => tfjsEngine(() => undefined, ['wasm']), parts, step),
    ...running,
  ],
  { case: caseName, unit: 'ms', figure: (seconds) => seconds * 1000, repeats: 3 },
);
const peakOf = new Map(running.map(({ name, peakMemoryMB }) => [name, peakMemoryMB]));
const results = measured.map((result) => ({
  ...result,
  peakMemoryMB: peakOf.get(result.implementation) ?? result.peakMemoryMB,
}));
report([...results, ...peers.filter((peer): peer is Skipped => 'skipped' in peer)], 'tfjs-wasm');
console.log(`\nlosses: ${[...losses].map(([name, loss]) => `${name} ${loss.toFixed(7)}`).join(', ')}`);
const difference = Math.abs(losses.get('onnx-cpu-f32')! - losses.get('tfjs-wasm')!);
if (!(difference <= 1e-5)) throw new Error(`the engines' losses differ by ${difference}`);
process.exit(0); // tfjs-wasm's threads and the peers would keep the process alive
