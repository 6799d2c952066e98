// One implementation's step, measured in a process of its own that has ended when the figures are there: ours in another
// Node (own-step.ts), PyTorch with peft in Python (../torch-peer.ts).
import { type ChildProcess, fork } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { decode } from '@colora/tensors/safetensors/safetensors';
import type { TensorMap } from '@colora/tensors/tensor';
import { median } from '../../report.ts';
import { type LanguageModelBatch, languageModelStep } from '../language-model.ts';
import { type PeerFigures, startPeer } from '../torch-peer.ts';
import type { OwnFigures, OwnRequest } from './own-step.ts';
import type { OwnSettings, PeerChoice } from './shape-cases.ts';

export interface StepFigures {
  readonly loss: number;
  /** Of every adapter. */
  readonly gradients: TensorMap;
  /** Medians of the timed steps. */
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** Of the process, with everything that it had to load. */
  readonly peakMemoryMB: number;
  /** What a member would have been told: mapped weights and all else; null for a peer. */
  readonly announcedMB: number | null;
}

export interface Stage {
  /** The base model's. */
  readonly modelFolder: string;
  /** For what the implementations make; it may be kept for the next ones on the same model. */
  readonly workFolder: string;
  readonly batch: LanguageModelBatch;
  /** A library for PyTorch to load first. */
  readonly preload: string | null;
  readonly repeats: number;
}

const threads = availableParallelism();
// compiled sources have another ending
const ownStep = fileURLToPath(new URL(`own-step${extname(import.meta.url)}`, import.meta.url));

/** Throws Error where the process ended without figures: why. */
export async function runOwn(stage: Stage, settings: OwnSettings): Promise<StepFigures> {
  const { modelFolder, workFolder, batch, repeats } = stage;
  const request: OwnRequest = { modelFolder, workFolder, batch, settings, threads, repeats };
  // quantising takes memory of its own
  if (settings.precision !== '32bit') await inProcess({ ...request, repeats: 0 });
  const { times, ...figures } = await inProcess(request);
  return { ...figures, ...medians(times) };
}

function inProcess(request: OwnRequest): Promise<OwnFigures> {
  return new Promise((resolve, reject) => {
    const child: ChildProcess = fork(ownStep, [JSON.stringify(request)], { serialization: 'advanced' });
    let figures: OwnFigures | undefined;
    child.once('message', (message) => {
      figures = message as OwnFigures;
    });
    child.once('error', reject);
    child.once('exit', (status, signal) => {
      if (figures !== undefined) resolve(figures);
      else reject(new Error(`it ended with ${signal ?? `status ${status}`}`));
    });
  });
}

/** Throws Error where Python lacks something, or has ended: why. */
export async function runPeer(stage: Stage, settings: PeerChoice): Promise<StepFigures> {
  const { modelFolder, workFolder, batch, preload, repeats } = stage;
  const folder = join(workFolder, 'peer');
  const step = await languageModelStep(modelFolder, folder, batch);
  let told: PeerFigures | undefined;
  const peer = await startPeer(step, { ...settings, device: 'cpu', preload }, threads, (figures) => {
    told = figures;
  });
  if ('skipped' in peer) throw new Error(peer.skipped);
  const times: StepTime[] = [];
  try {
    for (let i = 0; i < repeats; i += 1) {
      const begin = performance.now();
      await peer.run();
      times.push({ seconds: (performance.now() - begin) / 1000, cpuSeconds: told!.cpuSeconds });
    }
    await peer.end();
    const { tensors: gradients } = decode(await readFile(join(folder, 'gradients.safetensors')));
    const { loss, peakMemoryMB } = told!;
    return { loss, gradients, peakMemoryMB, announcedMB: null, ...medians(times) };
  } finally {
    await peer.end();
    await rm(folder, { recursive: true });
  }
}

interface StepTime {
  readonly seconds: number;
  readonly cpuSeconds: number;
}

function medians(times: readonly StepTime[]): StepTime {
  return {
    seconds: median(times.map(({ seconds }) => seconds)),
    cpuSeconds: median(times.map(({ cpuSeconds }) => cpuSeconds)),
  };
}
