// The training step (loss and the gradient of every adapter) of an encoder and, where COLORA_BENCH_LANGUAGE_MODEL names
// a model's folder, of a language model: compiled by the onnx engine in float32 (activations kept, and computed again)
// and with a base in 8 bits, in float32 on every graphics device that works here, eager on tfjs-wasm (encoder), and in
// PyTorch with peft where COLORA_BENCH_PYTHON names a Python that has them, its fast paths switched on and on the card
// too if it sees one. All run the same weights and report the same loss; all take turns.
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BasePrecision } from '@colora/models/base-precision';
import { withPrecision } from '@colora/models/quantised-base';
import { probeDevice } from '@colora/training/devices/probe-device';
import type { OnnxDevice } from '@colora/training/engines/device-names';
import type { Engine } from '@colora/training/engines/engine';
import { devicesWorthTrying } from '@colora/training/engines/onnx-devices';
import { onnxEngine } from '@colora/training/engines/onnx-engine';
import { tfjsEngine } from '@colora/training/engines/tfjs-engine';
import { trainingProgram } from '@colora/training/programs/programs';
import { type Implementation, type Measured, measure, type Result, report, type Skipped } from '../report.ts';
import { encoderStep } from './encoder.ts';
import { languageModelStep } from './language-model.ts';
import type { Step } from './step.ts';
import { bestF32, type Peer, type PeerFigures, peerSettings, startPeer } from './torch-peer.ts';

const threads = availableParallelism();
// a process that measures one implementation's memory (report.ts) needs no peers: these tell their own
const withPeers = !process.argv.some((flag) => flag.startsWith('--peak-of'));

type Losses = Map<string, number>;

/** Compiles on first use, so that a process that measures one implementation holds no other. */
function implementation(
  name: string,
  start: () => Promise<Engine> | Engine,
  step: Step,
  precision: BasePrecision,
  losses: Losses,
): Implementation {
  const compiled = async () => {
    const base = await withPrecision(step.parts.base, precision, join(tmpdir(), 'colora-bench-precision'));
    const parts = { ...step.parts, base };
    return (await start()).compile(trainingProgram(parts, 'shared', step.shape));
  };
  let program: ReturnType<typeof compiled> | undefined;
  return {
    name,
    run: async () => {
      program ??= compiled();
      const outputs = await (await program).run(step.inputs);
      losses.set(name, outputs.loss!.data[0]!);
    },
  };
}

const onnx =
  (device: OnnxDevice, recompute = false) =>
  () =>
    onnxEngine({ device, threads, prefixBytes: 0, recompute });

/** Those beside the processor that work here. */
async function workingDevices(): Promise<OnnxDevice[]> {
  const processor = onnx('cpu')();
  const working: OnnxDevice[] = [];
  for (const device of devicesWorthTrying()) {
    const engine = onnx(device)();
    if ((await probeDevice(engine, processor, 32)).problem === null) working.push(device);
    await engine.dispose();
  }
  await processor.dispose();
  return working;
}

interface Comparison {
  readonly step: Step;
  readonly devices: readonly OnnxDevice[];
  readonly others: (losses: Losses) => Implementation[];
  /** For what the peers want to compile. */
  readonly folder: string;
}

async function compare({ step, devices, others, folder }: Comparison) {
  const losses: Losses = new Map();
  const peakOf = new Map<string, number>();
  const peers: (Peer | Skipped)[] = [];
  for (const settings of withPeers ? peerSettings(folder) : []) {
    const told = ({ loss, peakMemoryMB }: PeerFigures) => {
      losses.set(settings.name, loss);
      peakOf.set(settings.name, peakMemoryMB);
    };
    peers.push(await startPeer(step, settings, threads, told));
  }
  const running = peers.filter((peer): peer is Peer => 'run' in peer);
  const measured = await measure(
    [
      implementation('onnx-cpu-f32', onnx('cpu'), step, '32bit', losses),
      implementation('onnx-cpu-f32-recompute', onnx('cpu', true), step, '32bit', losses),
      implementation('onnx-cpu-8bit', onnx('cpu'), step, '8bit', losses),
      ...devices.map((device) => implementation(`onnx-${device}-f32`, onnx(device), step, '32bit', losses)),
      ...others(losses),
      ...running,
    ],
    { case: step.case, unit: 'ms', figure: (seconds) => seconds * 1000, repeats: 5 },
  );
  for (const peer of running) await peer.end();
  const told = measured.map((result) => ({
    ...result,
    peakMemoryMB: peakOf.get(result.implementation) ?? result.peakMemoryMB,
  }));
  const skipped = peers.filter((peer): peer is Skipped => 'skipped' in peer);
  return { results: [...told, ...skipped], measured: told, losses };
}

/** What every float32 implementation computes is one number. */
function assertEqualLosses(losses: Losses, tolerance: number): void {
  const reference = losses.get('onnx-cpu-f32');
  for (const [name, loss] of losses) {
    if (reference === undefined || !/f32|wasm/.test(name)) continue;
    const difference = Math.abs(loss - reference);
    if (!(difference <= tolerance)) throw new Error(`${name}: the loss differs by ${difference}`);
  }
}

const hasPeer = (list: readonly Measured[]) => list.some((result) => result.implementation === bestF32);

/** Measures, reports and compares the losses; works in a folder that somebody else removes. */
export async function compareUsualSteps(folder: string): Promise<void> {
  // a process that measures memory runs the one that has been found to work
  const devices = withPeers ? await workingDevices() : devicesWorthTrying();
  const encoder = await encoderStep(join(folder, 'encoder'));
  const wasm = (losses: Losses) => [
    implementation('tfjs-wasm', () => tfjsEngine(() => undefined, ['wasm']), encoder, '32bit', losses),
  ];
  const first = await compare({ step: encoder, devices, others: wasm, folder });
  const results: Result[] = [...first.results];
  const all: Losses[] = [first.losses];

  const model = process.env.COLORA_BENCH_LANGUAGE_MODEL;
  if (model === undefined) {
    const skipped = 'COLORA_BENCH_LANGUAGE_MODEL names no folder of a language model';
    results.push({ case: 'language-model', implementation: 'onnx-cpu-f32', skipped });
  } else {
    const step = await languageModelStep(model, join(folder, 'language-model'));
    const second = await compare({ step, devices, others: () => [], folder });
    results.push(...second.results);
    all.push(second.losses);
  }

  report(results, hasPeer(first.measured) ? bestF32 : 'tfjs-wasm');
  const wasmMedian = first.measured.find((result) => result.implementation === 'tfjs-wasm')?.median ?? 0;
  for (const { implementation: name, median } of first.measured) {
    if (name.startsWith('onnx'))
      console.log(`${name}: ${(wasmMedian / median).toFixed(1)}x as fast as tfjs-wasm`);
  }
  for (const losses of all) {
    console.log(`losses: ${[...losses].map(([name, loss]) => `${name} ${loss.toFixed(6)}`).join(', ')}`);
  }
  assertEqualLosses(all[0]!, 1e-5);
  if (all[1] !== undefined) assertEqualLosses(all[1], 1e-3);
}
