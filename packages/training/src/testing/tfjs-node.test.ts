// The tfjs engine on tfjs-node, TensorFlow's own library, where somebody has installed it (scripts/install-tfjs-node.sh):
// a round in the worker gives the losses that the compiled graph gives.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { fixturesFolder } from '@colora/models/testing-references';
import { initialShared } from '../learning/initial-checkpoint.ts';
import { startTrainer } from '../trainer.ts';
import { recipe } from './testing-models.ts';

const folder = `${fixturesFolder}tiny-bert`;

function isInstalled(): boolean {
  try {
    createRequire(import.meta.url).resolve('@tensorflow/tfjs-node');
    return true;
  } catch {
    return false;
  }
}

async function lossesOf(engine: 'onnx' | 'tfjs') {
  const settings = await recipe(
    { adapter: { targets: ['query', 'value'], rank: 2, alpha: 2 }, training: { batchSize: 2 } },
    folder,
  );
  const shared = await initialShared(folder, settings, 0);
  const examples = ['the cat', 'a dog'].map((text, i) => ({ text, label: i === 0 ? 'bad' : 'good' }));
  const trainer = await startTrainer({ engine, device: 'cpu', threads: 1 });
  try {
    const learner = await trainer.openLearner({ baseModel: folder, settings, examples, seed: 1 });
    const { personalLoss, sharedLoss } = await learner.trainRound({ shared, round: 1 });
    return { device: trainer.device, losses: [personalLoss!, sharedLoss!] };
  } finally {
    await trainer.close();
  }
}

test('a round on tfjs-node equals the compiled one', {
  skip: isInstalled() ? false : 'tfjs-node is not installed (scripts/install-tfjs-node.sh)',
}, async () => {
  const eager = await lossesOf('tfjs');
  assert.equal(eager.device, 'tfjs-node');
  const compiled = await lossesOf('onnx');
  eager.losses.forEach((loss, i) => {
    assert.ok(Math.abs(loss - compiled.losses[i]!) < 1e-5, `${eager.losses} and ${compiled.losses}`);
  });
});
