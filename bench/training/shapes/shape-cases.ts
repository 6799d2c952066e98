// What is measured on each shape: batches, adapters, and who runs them. The steps are those of members' groups, from a
// short text with adapters on queries and values to a long one with adapters everywhere.
import type { BasePrecision } from '@colora/models/base-precision';
import type { LanguageModelBatch } from '../language-model.ts';
import type { PeerSettings } from '../torch-peer.ts';

/** Our step on the processor. */
export interface OwnSettings {
  readonly name: string;
  readonly precision: BasePrecision;
  readonly recompute: boolean;
  /** Texts that it has had before, as from a member's second pass on: what frozen layers make of them is kept. */
  readonly seen?: boolean;
  /** By the engine that compiles nothing, whose memory holds no large model. */
  readonly eager?: boolean;
}

export type PeerChoice = Pick<PeerSettings, 'name' | 'precision' | 'checkpointing'>;

export interface ShapeCase {
  readonly name: string;
  readonly batch: LanguageModelBatch;
  readonly own: readonly OwnSettings[];
  readonly peers: readonly PeerChoice[];
}

/** What every float32 implementation's loss and gradients are held to, and what times are set against. */
export const referencePeer = 'torch-f32';

const kept: readonly OwnSettings[] = [
  { name: 'onnx-f32', precision: '32bit', recompute: false },
  { name: 'onnx-8bit', precision: '8bit', recompute: false },
  { name: 'onnx-4bit', precision: '4bit', recompute: false },
];
const recomputed: readonly OwnSettings[] = [
  { name: 'onnx-f32-recompute', precision: '32bit', recompute: true },
  { name: 'onnx-8bit-recompute', precision: '8bit', recompute: true },
];
const seen: readonly OwnSettings[] = [
  { name: 'onnx-f32-seen', precision: '32bit', recompute: false, seen: true },
  { name: 'onnx-8bit-seen', precision: '8bit', recompute: false, seen: true },
];
const eager: OwnSettings = { name: 'tfjs-f32', precision: '32bit', recompute: false, eager: true };
const torch: readonly PeerChoice[] = [
  { name: referencePeer, precision: 'float32' },
  { name: 'torch-bf16', precision: 'bfloat16' },
];
const checkpointed: readonly PeerChoice[] = [
  { name: 'torch-f32-checkpointing', precision: 'float32', checkpointing: true },
  { name: 'torch-bf16-checkpointing', precision: 'bfloat16', checkpointing: true },
];

const short: ShapeCase = {
  name: '1x128-qv-r8',
  batch: { size: 1, tokens: 128, rank: 8, targets: ['q_proj', 'v_proj'] },
  own: [...kept, ...recomputed.slice(0, 1)],
  peers: torch,
};
const shortEager: ShapeCase = { ...short, own: [...short.own, eager] };
const everywhere: ShapeCase = {
  name: '1x512-all-linear-r16',
  batch: { size: 1, tokens: 512, rank: 16, targets: ['all-linear'] },
  own: [...kept.slice(0, 2), ...recomputed],
  peers: [...torch, ...checkpointed],
};
const uppermost: ShapeCase = {
  name: '4x128-top8-qv-r8',
  batch: { size: 4, tokens: 128, rank: 8, targets: ['top-8:q_proj', 'top-8:v_proj'] },
  own: [...kept.slice(0, 2), ...seen],
  peers: torch,
};
const long: ShapeCase = {
  name: '1x2048-qv-r8',
  batch: { size: 1, tokens: 2048, rank: 8, targets: ['q_proj', 'v_proj'] },
  own: [...kept.slice(0, 1), ...recomputed.slice(0, 1)],
  peers: [...torch, ...checkpointed],
};

const byModel: Readonly<Record<string, readonly ShapeCase[]>> = {
  'llama-3.2-1b': [short, everywhere, uppermost],
  tiny: [shortEager, everywhere, uppermost],
};

/** Of a model whose weights are drawn. */
export function casesOf(model: string): readonly ShapeCase[] {
  return byModel[model] ?? [short];
}

/** Of the model that COLORA_BENCH_LANGUAGE_MODEL names: small ones are asked for long texts too. */
export const casesOfNamedModel: readonly ShapeCase[] = [shortEager, long];
