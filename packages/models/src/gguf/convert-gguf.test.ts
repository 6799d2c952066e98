// Toy models of every architecture out of GGUF files that Python's gguf wrote (scripts/make-gguf-fixtures.py): the
// converted folder gives the dequantised model's logits and the tokenizer's ids. And what is said of bad files.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { floatsFromBytes } from '@colora/tensors/tensor-bytes';
import { Tokenizer } from 'tokenizers';
import { openBaseModel } from '../base-model.ts';
import { makeApplyLinear } from '../blocks/adapted-linear.ts';
import { ModelError, type ModelErrorCode } from '../model-error.ts';
import { padRows, toBatch, toTf } from '../testing-eager.ts';
import { fixturesFolder, readWeights, relativeError } from '../testing-references.ts';
import { convertGguf } from './convert-gguf.ts';

interface Reference {
  readonly tokenizer: readonly { readonly text: string; readonly ids: readonly number[] }[];
  readonly ids: readonly number[];
  /** base64 of float32 [ids, vocabulary] */
  readonly logits: string;
}

const models = {
  llama: 'llama',
  llama3: 'llama',
  qwen2: 'qwen2',
  qwen3: 'qwen3',
  gemma3: 'gemma3_text',
  gpt2: 'gpt2',
};
const fixture = (name: string) => join(fixturesFolder, 'gguf', name);

let folder: string;
let cache: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'colora-gguf-'));
  cache = join(folder, 'cache');
});
afterEach(() => rm(folder, { recursive: true }));

async function readJson(path: string): Promise<Record<string, unknown>> {
  return JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
}

for (const [name, modelType] of Object.entries(models)) {
  describe(`a GGUF file of ${name}`, () => {
    test('gives the logits of the dequantised model', async () => {
      const reference = (await readJson(fixture(`${name}.json`))) as unknown as Reference;
      const model = await openBaseModel(await convertGguf(fixture(`${name}.gguf`), cache));
      assert.equal(model.modelType, modelType);
      const weights = toTf(await readWeights(model));
      const linear = makeApplyLinear(weights, { layout: 'core', rank: 1, alpha: 1, targets: [] }, [], {});
      const logits = model.family.decoder!.logits(
        model.config,
        weights,
        linear,
        toBatch(padRows([reference.ids])),
      );
      const expected = floatsFromBytes('F32', Buffer.from(reference.logits, 'base64'));
      assert.ok(relativeError(await logits.data(), expected) < 1e-5);
    });

    test('and the ids of its tokenizer', async () => {
      const reference = (await readJson(fixture(`${name}.json`))) as unknown as Reference;
      const converted = await convertGguf(fixture(`${name}.gguf`), cache);
      const config = await readJson(join(converted, 'tokenizer_config.json'));
      const tokenizer = Tokenizer.fromFile(join(converted, 'tokenizer.json'));
      for (const { text, ids } of reference.tokenizer) {
        assert.deepEqual((await tokenizer.encode(text)).getIds(), ids, text);
        const spoken = await tokenizer.decode([...ids], true);
        assert.equal(spoken.normalize('NFC').trim(), text.normalize('NFC').trim());
      }
      assert.match(String(config.chat_template), /message\['content'\]/);
    });
  });
}

describe('the converted folder', () => {
  test('is made once, also by several at a time, and again when the file has changed', async () => {
    const path = join(folder, 'model.gguf');
    await cp(fixture('llama.gguf'), path);
    const shares: number[] = [];
    const convert = () => convertGguf(path, cache, (done, total) => shares.push(done / total));
    const made = await Promise.all([convert(), convert(), convert()]);
    assert.equal(new Set(made).size, 1);
    assert.equal(shares.at(-1), 1);
    assert.equal((await readdir(cache)).length, 1);
    const untouched = await convertGguf(path, cache, () => assert.fail('converted again'));
    assert.equal(untouched, made[0]);
    await utimes(path, 1, 1);
    assert.notEqual(await convertGguf(path, cache), made[0]);
  });

  test('keeps floats in their own format, and quantised values in float32', async () => {
    const { weights } = await openBaseModel(await convertGguf(fixture('llama.gguf'), cache));
    const stored = (name: string) => weights.find((weight) => weight.name === name)?.dtype;
    assert.equal(stored('model.layers.0.self_attn.k_proj.weight'), 'F16');
    assert.equal(stored('model.layers.0.mlp.down_proj.weight'), 'BF16');
    assert.equal(stored('model.layers.0.self_attn.q_proj.weight'), 'F32');
    assert.equal(stored('model.norm.weight'), 'F32');
  });

  test('on a full disk: what is needed is said, and nothing is left', async () => {
    // A limit on the size of files ends a write as a full disk does, and needs no disk of its own.
    const script = `
      import { convertGguf } from ${JSON.stringify(fileURLToPath(new URL('./convert-gguf.ts', import.meta.url)))};
      await convertGguf(process.argv[1], process.argv[2]).catch((error) => console.log(error.code, error.message));`;
    const { stdout } = await promisify(execFile)('bash', [
      ...['-c', 'ulimit -f 40; exec "$0" --import tsx --input-type=module -e "$@"', process.execPath],
      ...[script, fixture('llama.gguf'), cache],
    ]);
    assert.match(
      stdout,
      /^disk-full .*llama\.gguf could not be converted: the disk of .* is full.*about 1 MB/,
    );
    assert.deepEqual(await readdir(cache), []);
  });
});

describe('bad files', () => {
  /** The fixture with one text in it replaced by another of the same length (or bytes put in at an offset from it). */
  async function changed(text: string, by: string | { at: number; bytes: number[] }): Promise<string> {
    const bytes = await readFile(fixture('llama.gguf'));
    const start = bytes.indexOf(text);
    assert.ok(start > 0, `the fixture holds no ${text}`);
    if (typeof by === 'string') bytes.write(by, start);
    else bytes.set(by.bytes, start + text.length + by.at);
    const path = join(folder, 'changed.gguf');
    await writeFile(path, bytes);
    return path;
  }

  async function assertRefused(path: string, code: ModelErrorCode, pattern: RegExp) {
    await assert.rejects(convertGguf(path, cache), (error) => {
      assert.ok(error instanceof ModelError, String(error));
      assert.equal(error.code, code, error.message);
      assert.match(error.message, pattern);
      return true;
    });
    assert.deepEqual(await readdir(cache).catch(() => []), [], 'something was left in the cache');
  }

  test('a file that is missing, or no GGUF', async () => {
    await assertRefused(join(folder, 'none.gguf'), 'missing-file', /none\.gguf cannot be read \(ENOENT\)/);
    const path = join(folder, 'other.gguf');
    await writeFile(path, 'a text');
    await assertRefused(path, 'bad-gguf', /other\.gguf has no readable GGUF header/);
    await writeFile(path, '');
    await assertRefused(path, 'bad-gguf', /no readable GGUF header/);
  });

  test('a file cut off, in its tensors or anywhere in its header', async () => {
    const bytes = await readFile(fixture('llama.gguf'));
    const path = join(folder, 'cut.gguf');
    await writeFile(path, bytes.subarray(0, bytes.length - 1));
    await assertRefused(path, 'bad-gguf', /cut\.gguf is cut off.*where tensor .* ends.*download it again/);
    for (const length of [10, 100, 5000, 15_000]) {
      await writeFile(path, bytes.subarray(0, length));
      await assertRefused(path, 'bad-gguf', /is cut off|no readable GGUF header/);
    }
  });

  test('a quantisation that is not supported: the tensor, its type, and those that are', async () => {
    const iq2 = { at: 4 + 2 * 8, bytes: [17, 0, 0, 0] }; // after the count of dimensions and two dimensions
    await assertRefused(
      await changed('blk.1.ffn_up.weight', iq2),
      'unsupported-gguf',
      /blk\.1\.ffn_up\.weight is quantised as IQ2_XS.*supported are F32, F16, BF16, Q4_0, .*Q6_K$/,
    );
  });

  test('an architecture, a tensor, a kind of tokenizer or a way of splitting that is not known', async () => {
    const architecture = await changed('general.architecture', { at: 12, bytes: [...Buffer.from('mamba')] });
    await assertRefused(
      architecture,
      'unsupported-gguf',
      /architecture is "mamba", which is not supported; supported are llama, qwen2, qwen3, gemma3, gpt2/,
    );
    await assertRefused(
      await changed('blk.1.ffn_up.weight', 'blk.1.ffn_ox.weight'),
      'unsupported-gguf',
      /tensor blk\.1\.ffn_ox\.weight has no place/,
    );
    await assertRefused(
      await changed('tokenizer.ggml.model', { at: 12, bytes: [...Buffer.from('plamo')] }),
      'unsupported-gguf',
      /tokenizer is of kind "plamo", which is not supported; supported are gpt2/,
    );
    const bytes = await readFile(fixture('qwen2.gguf'));
    bytes.write('qwen9', bytes.indexOf('tokenizer.ggml.pre') + 'tokenizer.ggml.pre'.length + 12);
    await writeFile(join(folder, 'split.gguf'), bytes);
    await assertRefused(
      join(folder, 'split.gguf'),
      'unsupported-gguf',
      /splits texts by the rule "qwen9", which is not known; known are gpt-2, smollm/,
    );
  });

  test('metadata that are missing, of another kind, or of another model', async () => {
    await assertRefused(
      await changed('llama.block_count', 'llama.block_xxxxx'),
      'bad-gguf',
      /metadata lack "llama\.block_count"/,
    );
    await assertRefused(
      await changed('tokenizer.ggml.model', 'tokenizer.ggml.xxxxx'),
      'bad-gguf',
      /holds no tokenizer/,
    );
    await assertRefused(
      await changed('tokenizer.ggml.bos_token_id', { at: 4, bytes: [255, 255, 0, 0] }),
      'bad-gguf',
      /"tokenizer\.ggml\.bos_token_id" is 65535, past its 512 tokens/,
    );
    const rows = { at: 4 + 8, bytes: [0, 1] }; // the embedding's rows: 256 of the 512 that the tokenizer has
    await assertRefused(
      await changed('token_embd.weight', rows),
      'bad-gguf',
      /its tokenizer has 512 tokens, its embedding only 256 rows: they belong to different models/,
    );
    await assertRefused(
      await changed('llama.feed_forward_length', { at: 4, bytes: [96] }),
      'bad-gguf',
      /tensor blk\.0\.ffn_gate\.weight has shape \[64, 32\], but its metadata ask for \[96, 32\]/,
    );
    await assertRefused(
      await changed('blk.1.ffn_norm.weight', 'blk.0.ffn_norm.weight'),
      'bad-gguf',
      /holds no tensor for the weight model\.layers\.1\.post_attention_layernorm\.weight/,
    );
  });
});
