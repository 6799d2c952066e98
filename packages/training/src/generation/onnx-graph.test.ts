// The exported graph, run as its users run it, by onnxruntime from its file, writes the tokens that generation here writes.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { chooseTargets } from '@colora/adapters/adapter-tensors';
import { fold } from '@colora/adapters/fold';
import { openBaseModel } from '@colora/models/base-model';
import { writeMergedModel } from '@colora/models/merged-model';
import { decoderNames, readReference } from '@colora/models/testing-references';
import { loadOnnxruntime, type Onnxruntime } from '../engines/onnxruntime.ts';
import { plainTensors } from '../programs/folded-model.ts';
import { openTokenizer } from '../text/tokenizer.ts';
import { startTrainer, type Trainer } from '../trainer.ts';
import { generationGraph } from './onnx-graph.ts';

let trainer: Trainer | undefined;
after(() => trainer?.close());

const { InferenceSession, Tensor } = loadOnnxruntime();
type Session = Awaited<ReturnType<Onnxruntime['InferenceSession']['create']>>;
type Values = InstanceType<Onnxruntime['Tensor']>;
const written = 12;

test('after the prompt each token by itself, from nothing cached, the text is ours', async (t) => {
  for (const name of decoderNames) {
    const { model, settings, trained } = await readReference(name, 'core');
    const folder = await mkdtemp(join(tmpdir(), 'colora-onnx-'));
    t.after(() => rm(folder, { recursive: true }));
    const folded = fold(settings, chooseTargets(model.linears, settings.targets), trained);
    await writeMergedModel({ base: model, folded, target: folder, dtype: 'f32', shardBytes: 100_000 });
    const merged = await openBaseModel(folder);
    assert.ok(
      new Set(merged.weights.map(({ file }) => file)).size > 1 || name !== 'stories260k',
      'of shards',
    );
    await writeFile(join(folder, 'model.onnx'), generationGraph(merged));

    trainer ??= await startTrainer({ device: 'cpu', threads: 1 });
    const generator = await trainer.openGenerator({
      baseModel: model.folder,
      adapters: { own: plainTensors(folded) },
    });
    const prompt = name === 'stories260k' ? 'Once upon a time' : 'the cat';
    const request = { prompt, maxTokens: written, temperature: 0, topP: 1, seed: 0, stop: [] };
    const { text, tokens } = await generator.generate({ ...request, adapter: 'own' });
    await generator.close();

    const tokenizer = await openTokenizer(model);
    const start = await tokenizer.encodePrompt(prompt);
    const ids = [...start, ...(await greedy(join(folder, 'model.onnx'), start, tokens))];
    const ended = ids.findIndex((id, i) => i >= start.length && tokenizer.endIds.includes(id));
    const before = await tokenizer.decode(start);
    const all = await tokenizer.decode(ids.slice(0, ended < 0 ? ids.length : ended));
    assert.equal(all.slice(before.length), text, name);
  }
});

/** As docs/members.md tells users. */
async function greedy(path: string, prompt: readonly number[], count: number): Promise<number[]> {
  const session = await InferenceSession.create(path, { logSeverityLevel: 3 });
  const int64 = (values: readonly number[]) =>
    new Tensor('int64', BigInt64Array.from(values, BigInt), [1, values.length]);
  const past = session.inputNames.filter((name) => name.startsWith('past_key_values.'));
  let cache = emptyCache(session, past);
  let [ids, cached] = [[...prompt], 0];
  const written: number[] = [];
  while (written.length < count) {
    const all = cached + ids.length;
    const outputs = await session.run({
      input_ids: int64(ids),
      position_ids: int64(ids.map((_, i) => cached + i)),
      attention_mask: int64(Array.from({ length: all }, () => 1)),
      ...cache,
    });
    const scores = (outputs.logits!.data as Float32Array).subarray(-outputs.logits!.dims[2]!);
    written.push(scores.indexOf(Math.max(...scores)));
    cache = Object.fromEntries(
      past.map((name) => [name, outputs[name.replace('past_key_values', 'present')]!]),
    );
    [ids, cached] = [written.slice(-1), all];
  }
  await session.release();
  return written;
}

function emptyCache(session: Session, names: readonly string[]): Record<string, Values> {
  const shapes = new Map(
    session.inputMetadata.map((input) => [input.name, input.isTensor ? input.shape : []]),
  );
  const empty = (name: string) => {
    const [, heads, , size] = shapes.get(name) as number[];
    return new Tensor('float32', new Float32Array(0), [1, heads!, 0, size!]);
  };
  return Object.fromEntries(names.map((name) => [name, empty(name)]));
}
