// PyTorch with peft as a peer: a Python process that runs one step a line (peers/torch/training_step.py). Not here:
// what is compared with it (../training.ts).
import { execFileSync, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { readProcessor } from '@colora/models/weights/byte-form';
import type { Implementation, Skipped } from '../report.ts';
import type { Step } from './step.ts';

export type Peer = Implementation & {
  run: () => Promise<void>;
  /** Its memory is free again afterwards. */
  readonly end: () => Promise<void>;
};

/** What it tells of a step. */
export interface PeerFigures {
  readonly loss: number;
  readonly cpuSeconds: number;
  /** Of the process so far. */
  readonly peakMemoryMB: number;
}

export interface PeerSettings {
  readonly name: string;
  /** `autocast` computes in bfloat16 on float32 weights; `bfloat16` keeps the weights so. */
  readonly precision: 'float32' | 'autocast' | 'bfloat16';
  /** Activations are made again on the way back. */
  readonly checkpointing?: boolean;
  readonly device: 'cpu' | 'cuda';
  /** A library to load first. */
  readonly preload: string | null;
}

export const bestF32 = 'torch-peft-f32-mkl-fast-path';

/** Stock, and with the fast paths that stock PyTorch leaves closed on some processors. */
export function peerSettings(folder: string): PeerSettings[] {
  const fastPath = mklFastPath(folder);
  const fast: PeerSettings[] =
    fastPath === null ? [] : [{ name: bestF32, precision: 'float32', device: 'cpu', preload: fastPath }];
  return [
    { name: 'torch-peft-f32', precision: 'float32', device: 'cpu', preload: null },
    ...fast,
    { name: 'torch-peft-bf16-autocast', precision: 'autocast', device: 'cpu', preload: fastPath },
    { name: 'torch-peft-cuda-f32', precision: 'float32', device: 'cuda', preload: null },
    { name: 'torch-peft-cuda-bf16-autocast', precision: 'autocast', device: 'cuda', preload: null },
  ];
}

/** The process, once it has run a step; or why it does not run. */
export async function startPeer(
  step: Step,
  { name, precision, device, preload, checkpointing = false }: PeerSettings,
  threads: number,
  told: (figures: PeerFigures) => void,
): Promise<Peer | Skipped> {
  const python = process.env.COLORA_BENCH_PYTHON;
  const skipped = (reason: string) => ({ case: step.case, implementation: name, skipped: reason });
  if (python === undefined) return skipped('COLORA_BENCH_PYTHON names no Python with torch and peft');
  if (precision !== 'float32' && device === 'cpu' && emulatesBfloat16()) {
    return skipped('this processor has no bfloat16 products: PyTorch emulates them, 40 times slower');
  }
  const script = fileURLToPath(new URL('../peers/torch/training_step.py', import.meta.url));
  const env = { ...process.env, ...(preload === null ? {} : { LD_PRELOAD: preload }) };
  const flags = checkpointing ? ['--checkpointing'] : [];
  const child = spawn(python, [script, step.folder, String(threads), precision, device, ...flags], { env });
  const ended = new Promise<void>((resolve) => {
    child.once('error', () => resolve()).once('close', () => resolve());
  });
  const errors: string[] = [];
  child.stderr.on('data', (chunk) => errors.push(String(chunk)));
  child.on('error', (error) => errors.push(error.message));
  child.stdin.on('error', () => undefined); // the answer says that it has ended
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const peer: Peer = {
    name,
    end: () => {
      child.stdin.end();
      return ended;
    },
    run: async () => {
      child.stdin.write('step\n');
      const { value, done } = await answers.next();
      if (done) throw new Error(errors.join('').trim().split('\n').at(-1));
      told(JSON.parse(value) as PeerFigures);
    },
  };
  try {
    await peer.run();
    return peer;
  } catch (error) {
    await peer.end();
    return skipped((error as Error).message || 'it does not start');
  }
}

/** Where Linux tells. */
function emulatesBfloat16(): boolean {
  const processor = process.arch === 'x64' ? readProcessor() : null;
  return processor !== null && !/\b(avx512_bf16|amx_bf16)\b/.test(processor);
}

/** MKL takes a slow path on processors of other makers unless it is told that this one is Intel's. */
export function mklFastPath(folder: string): string | null {
  const library = join(folder, 'fast-path.so');
  try {
    const options = { input: 'int mkl_serv_intel_cpu_true(void) { return 1; }' };
    execFileSync('cc', ['-shared', '-fPIC', '-x', 'c', '-', '-o', library], options);
    return library;
  } catch {
    return null;
  }
}
