// PEFT folders: round trips, the names and config fields PEFT expects, foreign files, and bad ones.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decode, encode } from '@colora/tensors/safetensors/safetensors';
import type { Tensor } from '@colora/tensors/tensor';
import { type FoldedAdapter, fold } from '../fold.ts';
import type { AdapterSettings } from '../layouts.ts';
import { randomTensors } from '../testing-matrices.ts';
import { exportPeft, importPeft, type PeftFiles } from './peft.ts';
import type { PeftTaskType } from './peft-names.ts';

const settings: AdapterSettings = { layout: 'dual', rank: 2, alpha: 6, personalRank: 1, targets: ['q_proj'] };
const linears = [
  { name: 'model.layers.0.self_attn.q_proj', out: 4, in: 3 },
  { name: 'model.layers.1.self_attn.q_proj', out: 4, in: 3 },
];
const folded = fold(settings, linears, randomTensors(settings, linears, 1));

function exportLlama(adapters: ReadonlyMap<string, FoldedAdapter> = folded): PeftFiles {
  return exportPeft({ folded: adapters, baseModel: 'stories', modelType: 'llama', taskType: 'CAUSAL_LM' })
    .files;
}

function configOf(files: PeftFiles): Record<string, unknown> {
  return JSON.parse(new TextDecoder().decode(files['adapter_config.json']));
}

function withConfig(files: PeftFiles, change: Record<string, unknown>): PeftFiles {
  const text = JSON.stringify({ ...configOf(files), ...change });
  return { ...files, 'adapter_config.json': new TextEncoder().encode(text) };
}

test('export and import are inverses', () => {
  const back = importPeft(exportLlama(), linears);
  assert.deepEqual(back, { folded, baseModel: 'stories', taskType: 'CAUSAL_LM' });
});

test('config and keys are those of PEFT', () => {
  const files = exportLlama();
  const config = configOf(files);
  assert.equal(config.peft_type, 'LORA');
  assert.equal(config.r, 3);
  assert.equal(config.lora_alpha, 3);
  assert.deepEqual(config.rank_pattern, {});
  assert.deepEqual(
    config.target_modules,
    linears.map((linear) => linear.name),
  );
  assert.deepEqual([...decode(files['adapter_model.safetensors']).tensors.keys()].sort(), [
    'base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight',
    'base_model.model.model.layers.0.self_attn.q_proj.lora_B.weight',
    'base_model.model.model.layers.1.self_attn.q_proj.lora_A.weight',
    'base_model.model.model.layers.1.self_attn.q_proj.lora_B.weight',
  ]);
});

test('PEFT is told where the base model has Conv1D, whose adapters are read as any other', () => {
  const name = 'h.0.attn.c_attn';
  const adapters = new Map([[name, folded.get(linears[0]!.name)!]]);
  const { files } = exportPeft({
    folded: adapters,
    baseModel: 'g',
    modelType: 'gpt2',
    taskType: 'CAUSAL_LM',
  });
  assert.equal(configOf(files).fan_in_fan_out, true);
  assert.equal(configOf(exportLlama()).fan_in_fan_out, false);
  assert.deepEqual(importPeft(files, [{ name, out: 4, in: 3 }]).folded, adapters);
});

test('the class that PEFT wraps decides the prefix, not the checkpoint', () => {
  const query = 'encoder.layer.0.attention.self.query';
  const cases: [string, string, PeftTaskType, string][] = [
    ['bert', query, 'FEATURE_EXTRACTION', query],
    ['bert', `bert.${query}`, 'FEATURE_EXTRACTION', query],
    ['bert', query, 'SEQ_CLS', `bert.${query}`],
    ['bert', `bert.${query}`, 'SEQ_CLS', `bert.${query}`],
    ['llama', 'model.layers.0.mlp.up_proj', 'FEATURE_EXTRACTION', 'layers.0.mlp.up_proj'],
    ['use-lite', 'layers.1.mlp.fc1', 'FEATURE_EXTRACTION', 'layers.1.mlp.fc1'],
  ];
  for (const [modelType, name, taskType, expected] of cases) {
    const linear = { name, out: 4, in: 3 };
    const one = fold(settings, [linear], randomTensors(settings, [linear], 2));
    const { files } = exportPeft({ folded: one, baseModel: 'base', modelType, taskType });
    assert.deepEqual(configOf(files).target_modules, [expected]);
    assert.deepEqual(importPeft(files, [linear]).folded, one);
  }
});

test('unequal ranks go into rank_pattern and back', () => {
  const narrow = { A: tensor([1, 3]), B: tensor([4, 1]) };
  const mixed = new Map([...folded, ['model.layers.2.self_attn.q_proj', narrow]]);
  const files = exportLlama(mixed);
  assert.equal(configOf(files).r, 3);
  assert.deepEqual(configOf(files).rank_pattern, { 'model\\.layers\\.2\\.self_attn\\.q_proj': 1 });
  assert.deepEqual(importPeft(files).folded, mixed);
});

test("a foreign file's scale goes into B: lora_alpha / r, alpha_pattern, rsLoRA", () => {
  const files = exportLlama();
  const first = linears[0]!.name;
  const scaleOf = (change: Record<string, unknown>) =>
    importPeft(withConfig(files, change)).folded.get(first)!.B.data[0]! / folded.get(first)!.B.data[0]!;
  const near = (actual: number, expected: number) =>
    assert.ok(Math.abs(actual - expected) < 1e-6, `${actual}`);
  near(scaleOf({ lora_alpha: 12 }), 4);
  near(scaleOf({ lora_alpha: 12, use_rslora: true }), 12 / Math.sqrt(3));
  near(scaleOf({ alpha_pattern: { 'layers.0.self_attn.q_proj': 6 } }), 2);
  near(scaleOf({ alpha_pattern: { 'layers.1.self_attn.q_proj': 6 } }), 1);
});

test('configs that mean something else are refused by field', () => {
  const files = exportLlama();
  const cases: [Record<string, unknown>, RegExp][] = [
    [{ peft_type: 'IA3' }, /peft_type must be "LORA", got "IA3"/],
    [{ use_dora: true }, /use_dora true is not supported/],
    [{ bias: 'all' }, /bias must be "none"/],
    [{ lora_alpha: 'much' }, /lora_alpha must be a finite number/],
    [{ alpha_pattern: { '(': 1 } }, /alpha_pattern\["\("\] is not a regular expression/],
  ];
  for (const [change, message] of cases) {
    assert.throws(() => importPeft(withConfig(files, change)), { code: 'bad-peft-config', message });
  }
  const broken = { ...files, 'adapter_config.json': new TextEncoder().encode('{') };
  assert.throws(() => importPeft(broken), { code: 'bad-peft-config', message: /is not JSON/ });
});

test('weights beside the config of another adapter are refused: PEFT would load others, or none', () => {
  const files = exportLlama();
  const cases: [Record<string, unknown>, RegExp][] = [
    [
      { r: 8 },
      /q_proj has rank 3, and adapter_config\.json says otherwise \(its r there is 8\): the two files/,
    ],
    [
      { rank_pattern: { 'layers.0.self_attn.q_proj': 4 } },
      /layers\.0\.self_attn\.q_proj has rank 3.*r there is 4/,
    ],
    [{ target_modules: ['v_proj', 'k_proj'] }, /target_modules does not name it/],
  ];
  for (const [change, message] of cases)
    assert.throws(() => importPeft(withConfig(files, change)), { code: 'bad-peft-tensors', message });
  for (const change of [
    { target_modules: ['q_proj'] },
    { target_modules: '.*q_proj' },
    { target_modules: 'all-linear' },
    { r: 8, rank_pattern: { q_proj: 3 } },
    { r: undefined },
  ])
    assert.deepEqual(importPeft(withConfig(files, { lora_alpha: 3, ...change })).folded, folded);
});

test('an adapter that lacks modules which its config names is not whole', () => {
  const files = exportLlama(new Map([...folded].slice(0, 1)));
  const whole = { target_modules: ['q_proj'] };
  assert.throws(() => importPeft(withConfig(files, whole), linears), {
    code: 'bad-peft-tensors',
    message: /no factors of model\.layers\.1\.self_attn\.q_proj, which adapter_config\.json names.*not whole/,
  });
  const some = [
    {},
    { ...whole, layers_to_transform: [0] },
    { ...whole, exclude_modules: 'model.layers.1.*' },
  ];
  for (const change of some) assert.equal(importPeft(withConfig(files, change), linears).folded.size, 1);
});

test('tensors that do not fit are named', () => {
  const key = 'base_model.model.model.layers.0.self_attn.q_proj.lora';
  const cases: [Record<string, Tensor>, RegExp][] = [
    [{}, /holds no LoRA tensors/],
    [{ [`${key}_A.weight`]: tensor([2, 3]) }, /lora_B\.weight is missing/],
    [
      { [`${key}_A.weight`]: tensor([2, 3]), [`${key}_B.weight`]: tensor([4, 3]) },
      /must be \[r, in\] and \[out, r\]/,
    ],
    [
      { [`${key}_A.weight`]: tensor([2, 5]), [`${key}_B.weight`]: tensor([4, 2]) },
      /adapts \[4, 5\], the base model has \[4, 3\]/,
    ],
    [{ 'base_model.model.classifier.weight': tensor([2, 3]) }, /is not a LoRA factor/],
    [
      {
        'base_model.model.lm_head.lora_A.weight': tensor([2, 3]),
        'base_model.model.lm_head.lora_B.weight': tensor([4, 2]),
      },
      /lm_head is no linear layer of the base model, but its vocabulary's matrix.*; train it without/,
    ],
    [
      {
        'base_model.model.model.embed_tokens.lora_embedding_A': tensor([2, 9]),
        'base_model.model.model.embed_tokens.lora_embedding_B': tensor([3, 2]),
      },
      /"base_model\.model\.model\.embed_tokens\.lora_embedding_A" is not .*: it adapts an embedding; train it/,
    ],
    [
      { [`${key}_A.weight`]: tensor([2, 3, 1, 1]), [`${key}_B.weight`]: tensor([4, 2, 1, 1]) },
      /q_proj is a convolution, not a linear layer/,
    ],
    [{ [`${key}_magnitude_vector`]: tensor([4]) }, /is of DoRA/],
    [{ [`${key}_B.bias`]: tensor([4]) }, /B has a bias/],
    [
      { 'base_model.model.lm_head.modules_to_save.weight': tensor([2, 3]) },
      /was trained whole beside the adapter/,
    ],
  ];
  for (const [tensors, message] of cases) {
    const files = { ...exportLlama(), 'adapter_model.safetensors': encode(new Map(Object.entries(tensors))) };
    assert.throws(() => importPeft(files, linears), { code: 'bad-peft-tensors', message });
  }
});

test('half formats are read as the values that they hold, others are refused by tensor', () => {
  const exact = new Map([...folded].map(([name, { A, B }]) => [name, { A: rounded(A), B: rounded(B) }]));
  const files = exportLlama(exact);
  const { tensors } = decode(files['adapter_model.safetensors']);
  for (const dtype of ['F16', 'BF16'] as const) {
    const half = { ...files, 'adapter_model.safetensors': encode(tensors, { dtype }) };
    assert.deepEqual(importPeft(half, linears).folded, exact);
  }
  const bytes = Buffer.from(files['adapter_model.safetensors']);
  bytes.write('I32', bytes.indexOf('"F32"') + 1);
  assert.throws(() => importPeft({ ...files, 'adapter_model.safetensors': bytes }, linears), {
    code: 'unsupported-dtype',
    message: /lora_A\.weight is I32; only F32, F16 and BF16/,
  });
});

test('what modules it adapts is what its tensors say, however the config names them', () => {
  for (const target_modules of ['.*q_proj', 'all-linear', ['q_proj'], null])
    assert.deepEqual(importPeft(withConfig(exportLlama(), { target_modules }), linears).folded, folded);
});

test('a module adapted under two names, and values that are no finite numbers, are refused', () => {
  const { tensors } = decode(exportLlama()['adapter_model.safetensors']);
  const twice = [...tensors].map(([key, value]) => [
    key.replace('model.model.layers.1', 'model.layers.0'),
    value,
  ]);
  const cases: [ReadonlyMap<string, Tensor>, RegExp][] = [
    [new Map(twice as [string, Tensor][]), /model\.layers\.0\.self_attn\.q_proj is adapted twice/],
    ...[Number.NaN, Number.NEGATIVE_INFINITY].map((odd): [ReadonlyMap<string, Tensor>, RegExp] => [
      new Map([...tensors].map(([key, one], i) => [key, i === 2 ? withLast(one, odd) : one])),
      /q_proj holds values that are no finite numbers/,
    ]),
  ];
  for (const [tensors, message] of cases) {
    const files = { ...exportLlama(), 'adapter_model.safetensors': encode(tensors) };
    assert.throws(() => importPeft(files, linears), { code: 'bad-peft-tensors', message });
  }
});

test('nothing to export is an error', () => {
  assert.throws(() => exportLlama(new Map()), { code: 'missing-tensor', message: /no adapters to export/ });
});

/** To quarters, which every format holds. */
function rounded({ shape, data }: Tensor): Tensor {
  return { shape, data: data.map((value) => Math.round(value * 4) / 4) };
}

function withLast({ shape, data }: Tensor, value: number): Tensor {
  return { shape, data: data.with(-1, value) };
}

function tensor(shape: number[]): Tensor {
  return { shape, data: Float32Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => i + 1) };
}

test('configs that change what A and B mean are refused by name, those of later releases too', () => {
  const refused: [Record<string, unknown>, RegExp][] = [
    ...['pissa', 'pissa_niter_16', 'olora', 'OLORA', 'loftq', 'corda', 'lora_ga', 'mica', 'of-tomorrow'].map(
      (start): [Record<string, unknown>, RegExp] => [
        { init_lora_weights: start },
        new RegExp(`init_lora_weights "${start}" changes the base model's weights.*convert it`),
      ],
    ),
    [{ alora_invocation_tokens: [5, 6] }, /alora_invocation_tokens \[5,6\] is not supported \(it works only/],
    [{ lora_bias: true }, /lora_bias true is not supported/],
    [{ use_qalora: true, qalora_group_size: 16 }, /use_qalora true/],
    [{ use_bdlora: { nblocks: 2 } }, /use_bdlora/],
    [{ layer_replication: [[0, 4]] }, /layer_replication \[\[0,4\]\]/],
    [{ modules_to_save: ['lm_head'] }, /modules_to_save \["lm_head"\]/],
    [{ trainable_token_indices: [7] }, /trainable_token_indices/],
    [{ target_parameters: ['experts.gate'] }, /target_parameters/],
    [{ arrow_config: { top_k: 2 } }, /arrow_config/],
    [
      { use_of_tomorrow: true },
      /use_of_tomorrow true is not supported \(what it does to A and B is not known/,
    ],
    [{ scale_of_tomorrow: 2 }, /scale_of_tomorrow 2/],
    [{ init_lora_weights: 7 }, /init_lora_weights 7/],
  ];
  for (const [change, message] of refused)
    assert.throws(() => importPeft(withConfig(exportLlama(), change), linears), message);
});

test('what PEFT writes for a plain LoRA is taken, fields that are switched off too', () => {
  const plain = {
    ...{ alora_invocation_tokens: null, arrow_config: null, corda_config: null, ensure_weight_tying: false },
    ...{
      eva_config: null,
      exclude_modules: null,
      kasa_config: null,
      layer_replication: null,
      loftq_config: {},
    },
    ...{ lora_bias: false, lora_ga_config: null, megatron_config: null, megatron_core: 'megatron.core' },
    ...{ monteclora_config: null, peft_version: '0.21.2', qalora_group_size: 16, target_parameters: null },
    ...{ trainable_token_indices: null, use_bdlora: null, use_qalora: false, velora_config: null },
    ...{ lora_dropout: 0.1, layers_to_transform: [0, 1], layers_pattern: 'layers', of_tomorrow: null },
  };
  for (const start of [true, false, 'gaussian', 'orthogonal', 'eva'])
    assert.deepEqual(
      importPeft(withConfig(exportLlama(), { ...plain, init_lora_weights: start }), linears).folded,
      folded,
    );
});
