// Plain LoRA pairs as the two files of a PEFT folder, and back. No file system here: bytes in, bytes out.
// transformers, vLLM and llama.cpp's converter read this format. Heads are not part of it.
import { decode, encode } from '@colora/tensors/safetensors/safetensors';
import type { Tensor, TensorMap } from '@colora/tensors/tensor';
import { AdapterError } from '../adapter-error.ts';
import type { FoldedAdapter } from '../fold.ts';
import type { Linear } from '../layouts.ts';
import { peftConfig, readPeftConfig } from './peft-config.ts';
import {
  hasTransposedMatrices,
  isSameModule,
  type PeftTaskType,
  parsePeftKey,
  peftKey,
  peftModule,
} from './peft-names.ts';

export interface PeftFiles {
  readonly 'adapter_config.json': Uint8Array;
  readonly 'adapter_model.safetensors': Uint8Array;
}

interface PeftExport {
  /** From fold.ts: the scale is inside B. */
  readonly folded: ReadonlyMap<string, FoldedAdapter>;
  /** Name or path of the base model, for those who load the folder. */
  readonly baseModel: string;
  /** Of the base model on the Hub. */
  readonly revision?: string;
  /** `model_type` of the base model's config.json. */
  readonly modelType: string;
  readonly taskType: PeftTaskType;
}

/** Throws AdapterError `missing-tensor` when there is nothing to export. */
export function exportPeft({ folded, baseModel, revision, modelType, taskType }: PeftExport): {
  files: PeftFiles;
} {
  if (folded.size === 0) {
    throw new AdapterError('missing-tensor', 'there are no adapters to export (targets is empty)');
  }
  const tensors = new Map<string, Tensor>();
  const ranks = new Map<string, number>();
  for (const [name, { A, B }] of folded) {
    const module = peftModule(name, modelType, taskType);
    tensors.set(peftKey(module, 'A'), A);
    tensors.set(peftKey(module, 'B'), B);
    ranks.set(module, A.shape[0]!);
  }
  const config = JSON.stringify(
    peftConfig({
      baseModel,
      revision: revision ?? null,
      taskType,
      fanInFanOut: hasTransposedMatrices(modelType),
      ranks,
    }),
    null,
    2,
  );
  return {
    files: {
      'adapter_config.json': new TextEncoder().encode(`${config}\n`),
      'adapter_model.safetensors': encode(tensors, { metadata: { format: 'pt' } }),
    },
  };
}

export interface PeftImport {
  /** By module name: PEFT's, or the base model's own where `linears` was given. */
  readonly folded: Map<string, FoldedAdapter>;
  readonly baseModel: string | undefined;
  readonly taskType: string | undefined;
}

/**
 * Reads a LoRA that PEFT (or exportPeft) saved; its scale goes into B, so that delta = B A.
 * With `linears` every module must be one of the base model's, under the base model's name and shape.
 * Throws AdapterError `bad-peft-config` or `bad-peft-tensors`, and SafetensorsError for a malformed file.
 */
export function importPeft(files: PeftFiles, linears?: readonly Linear[]): PeftImport {
  const config = readPeftConfig(files['adapter_config.json']);
  const { tensors } = decode(files['adapter_model.safetensors']);
  const folded = new Map<string, FoldedAdapter>();
  for (const [module, { A, B }] of pairUp(tensors)) {
    const rank = A.shape[0]!;
    const name = linears === undefined ? module : findLinear(module, A, B, linears).name;
    if (folded.has(name)) reject(`${name} is adapted twice, under two names; only one of them can be meant`);
    const contradiction = config.contradiction(module, rank);
    if (contradiction !== null) {
      reject(
        `${module} has rank ${rank}, and adapter_config.json says otherwise (${contradiction}): the two files are of different adapters; take both from the same one`,
      );
    }
    const scale = config.scale(module, rank);
    const scaled = { shape: B.shape, data: B.data.map((value) => value * scale) };
    folded.set(name, { A, B: scaled });
  }
  if (folded.size === 0) reject('it holds no LoRA tensors');
  const lacking = linears?.find(
    ({ name }) => inLayer.test(name) && config.promises(name) && !folded.has(name),
  );
  if (lacking !== undefined) {
    reject(
      `it has no factors of ${lacking.name}, which adapter_config.json names (target_modules): it is not whole, or of another adapter`,
    );
  }
  return { folded, baseModel: config.baseModel, taskType: config.taskType };
}

/** What lies beside the layers (a pooler) is there or not by the class that was adapted. */
const inLayer = /\.\d+\./;

function pairUp(tensors: TensorMap): Map<string, FoldedAdapter> {
  const found = new Map<string, { A?: Tensor; B?: Tensor }>();
  for (const [key, tensor] of tensors) {
    const parsed = parsePeftKey(key);
    if (parsed === undefined) reject(`"${key}" is not a LoRA factor of a linear layer${beyondLinear(key)}`);
    found.set(parsed.module, { ...found.get(parsed.module), [parsed.role]: tensor });
  }
  return new Map([...found].map(([module, { A, B }]) => [module, checkPair(module, A, B)]));
}

const advice =
  'train it without that module, or merge it into its base model and take that as the base model';

/** Why a tensor of an adapter is none of ours, where it is known. */
function beyondLinear(key: string): string {
  if (/\.lora_embedding_[AB]/.test(key)) return `: it adapts an embedding; ${advice}`;
  if (/\.lora_magnitude_vector/.test(key)) return ': it is of DoRA, which is not supported';
  if (/\.lora_B\.bias$/.test(key)) return ': B has a bias (lora_bias), which is not supported';
  return /\.lora_/.test(key) ? '' : `: it was trained whole beside the adapter; ${advice}`;
}

function checkPair(module: string, A: Tensor | undefined, B: Tensor | undefined): FoldedAdapter {
  if (A === undefined || B === undefined) {
    reject(`${peftKey(module, A === undefined ? 'A' : 'B')} is missing`);
  }
  const fits = A.shape.length === 2 && B.shape.length === 2 && A.shape[0] === B.shape[1] && A.shape[0]! > 0;
  if (A.shape.length > 2) reject(`${module} is a convolution, not a linear layer; ${advice}`);
  if (!fits) {
    reject(
      `${module}: lora_A [${A.shape.join(', ')}] and lora_B [${B.shape.join(', ')}] must be [r, in] and [out, r]`,
    );
  }
  if (![A, B].every(({ data }) => data.every(Number.isFinite)))
    reject(`${module} holds values that are no finite numbers: its training has failed; take an earlier one`);
  return { A, B };
}

function findLinear(module: string, A: Tensor, B: Tensor, linears: readonly Linear[]): Linear {
  const linear = linears.find((candidate) => isSameModule(candidate.name, module));
  if (linear === undefined) {
    const isHead = /(^|\.)(lm_head|embed_tokens|wte)$/.test(module);
    // Where it is the embedding too, adding to it would change what is read as well as what is written.
    const why = isHead ? `, but its vocabulary's matrix, which is not adapted; ${advice}` : '';
    reject(`${module} is no linear layer of the base model${why}`);
  }
  if (A.shape[1] !== linear.in || B.shape[0] !== linear.out) {
    reject(
      `${module} adapts [${B.shape[0]}, ${A.shape[1]}], the base model has [${linear.out}, ${linear.in}]`,
    );
  }
  return linear;
}

function reject(message: string): never {
  throw new AdapterError('bad-peft-tensors', `adapter_model.safetensors: ${message}`);
}
