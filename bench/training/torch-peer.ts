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
  peakMemoryMB: number | null;
  readonly end: () => void;
};

interface PeerSettings {
  readonly name: string;
  readonly dtype: 'float32' | 'bfloat16';
  readonly device: 'cpu' | 'cuda';
  /** A library to load first. */
  readonly preload: string | null;
}

export const bestF32 = 'torch-peft-f32-mkl-fast-path';

/** Stock, and with the fast paths that stock PyTorch leaves closed on some processors. */
export function peerSettings(folder: string): PeerSettings[] {
  const fastPath = mklFastPath(folder);
  const fast: PeerSettings[] =
    fastPath === null ? [] : [{ name: bestF32, dtype: 'float32', device: 'cpu', preload: fastPath }];
  return [
    { name: 'torch-peft-f32', dtype: 'float32', device: 'cpu', preload: null },
    ...fast,
    { name: 'torch-peft-bf16-autocast', dtype: 'bfloat16', device: 'cpu', preload: fastPath },
    { name: 'torch-peft-cuda-f32', dtype: 'float32', device: 'cuda', preload: null },
    { name: 'torch-peft-cuda-bf16-autocast', dtype: 'bfloat16', device: 'cuda', preload: null },
  ];
}

/** The process, once it has run a step; or why it does not run. */
export async function startPeer(
  step: Step,
  { name, dtype, device, preload }: PeerSettings,
  threads: number,
  told: (loss: number) => void,
): Promise<Peer | Skipped> {
  const python = process.env.COLORA_BENCH_PYTHON;
  const skipped = (reason: string) => ({ case: step.case, implementation: name, skipped: reason });
  if (python === undefined) return skipped('COLORA_BENCH_PYTHON names no Python with torch and peft');
  if (dtype === 'bfloat16' && device === 'cpu' && emulatesBfloat16()) {
    return skipped('this processor has no bfloat16 products: PyTorch emulates them, 40 times slower');
  }
  const script = fileURLToPath(new URL('../peers/torch/training_step.py', import.meta.url));
  const env = { ...process.env, ...(preload === null ? {} : { LD_PRELOAD: preload }) };
  const child = spawn(python, [script, step.folder, String(threads), dtype, device], { env });
  const errors: string[] = [];
  child.stderr.on('data', (chunk) => errors.push(String(chunk)));
  child.on('error', (error) => errors.push(error.message));
  child.stdin.on('error', () => undefined); // the answer says that it has ended
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const peer: Peer = {
    name,
    peakMemoryMB: null,
    end: () => child.stdin.end(),
    run: async () => {
      child.stdin.write('step\n');
      const { value, done } = await answers.next();
      if (done) throw new Error(errors.join('').trim().split('\n').at(-1));
      const { loss, peakMemoryMB } = JSON.parse(value) as { loss: number; peakMemoryMB: number };
      told(loss);
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

/** Where Linux tells. */
function emulatesBfloat16(): boolean {
  const processor = process.arch === 'x64' ? readProcessor() : null;
  return processor !== null && !/\b(avx512_bf16|amx_bf16)\b/.test(processor);
}

/** MKL takes a slow path on processors of other makers unless it is told that this one is Intel's. */
function mklFastPath(folder: string): string | null {
  const library = join(folder, 'fast-path.so');
  try {
    const options = { input: 'int mkl_serv_intel_cpu_true(void) { return 1; }' };
    execFileSync('cc', ['-shared', '-fPIC', '-x', 'c', '-', '-o', library], options);
    return library;
  } catch {
    return null;
  }
}
