// A model out of a Hugging Face cache: its snapshot's folder holds links to blobs that lie elsewhere, for every shard.
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { openBaseModel } from '@colora/models/base-model';
import { fixturesFolder, readWeights } from '@colora/models/testing-references';
import { decode, encode } from '@colora/tensors/safetensors/safetensors';
import { initialShared } from '../learning/initial-checkpoint.ts';
import { startTrainer } from '../trainer.ts';
import { recipe } from './testing-models.ts';

const original = join(fixturesFolder, 'stories260k');
let cache: string;
let snapshot: string;

before(async () => {
  cache = await mkdtemp(join(tmpdir(), 'colora-links-'));
  snapshot = join(cache, 'snapshots', 'main');
  await mkdir(snapshot, { recursive: true });
  await mkdir(join(cache, 'blobs', 'deeper'), { recursive: true });
  for (const name of ['config.json', 'tokenizer.json', 'tokenizer_config.json']) {
    await writeFile(join(snapshot, name), await readFile(join(original, name)));
  }
  const tensors = [...decode(await readFile(join(original, 'model.safetensors'))).tensors];
  const shards = ['model-1-of-2.safetensors', 'model-2-of-2.safetensors'] as const;
  const blobs = ['blobs/first', 'blobs/deeper/second'] as const;
  for (const i of [0, 1]) {
    await writeFile(join(cache, blobs[i]!), encode(new Map(tensors.filter((_, j) => j % 2 === i))));
    await symlink(join('..', '..', blobs[i]!), join(snapshot, shards[i]!));
  }
  const map = Object.fromEntries(tensors.map(([name], i) => [name, shards[i % 2]]));
  await writeFile(join(snapshot, 'model.safetensors.index.json'), JSON.stringify({ weight_map: map }));
});
after(() => rm(cache, { recursive: true }));

test('linked shards hold the same weights, and train as a plain folder does', async () => {
  const plain = await openBaseModel(original);
  const linked = await openBaseModel(snapshot);
  assert.deepEqual(await readWeights(linked), await readWeights(plain));
  const trainer = await startTrainer({ engine: 'onnx', device: 'cpu' });
  try {
    const losses = [];
    for (const folder of [original, snapshot]) {
      const settings = await recipe(
        { task: { kind: 'causal-lm', maxTokens: 16 }, adapter: { targets: ['q_proj'] } },
        folder,
      );
      const examples = [{ text: 'Once upon a time there was a cat.' }];
      const learner = await trainer.openLearner({ baseModel: folder, settings, examples, seed: 1 });
      const shared = await initialShared(folder, settings, 0);
      losses.push((await learner.trainRound({ shared, round: 1 })).sharedLoss);
    }
    assert.equal(losses[1], losses[0]);
    assert.ok(losses[0]! > 0);
  } finally {
    await trainer.close();
  }
});
