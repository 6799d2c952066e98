// Test support, run as a process: one round of a small encoder on webgpu (if it works) and on the processor, its linear layers
// in 16 bits where a folder for them is named.
// Its last line of output is JSON with the device, the warnings and both losses.
import { fixturesFolder } from '@colora/models/testing-references';
import { initialShared } from '../learning/initial-checkpoint.ts';
import { startTrainer } from '../trainer.ts';
import { recipe } from './testing-models.ts';

const folder = `${fixturesFolder}tiny-bert`;
const settings = await recipe(
  {
    adapter: { targets: ['query', 'value'], rank: 2, alpha: 2 },
    training: { batchSize: 2, personalSteps: 1, sharedSteps: 1 },
  },
  folder,
);
const shared = await initialShared(folder, settings, 0);
const examples = ['the cat', 'a dog'].map((text, i) => ({ text, label: i === 0 ? 'bad' : 'good' }));
const log: string[] = [];
const [cacheFolder] = process.argv.slice(2);
const kept = cacheFolder === undefined ? {} : { basePrecision: '16bit' as const, cacheFolder };

async function lossOn(device: 'webgpu' | 'cpu') {
  const trainer = await startTrainer({
    engine: 'onnx',
    device,
    threads: 1,
    log: (line) => log.push(line),
    ...kept,
  });
  const learner = await trainer.openLearner({ baseModel: folder, settings, examples, seed: 1 });
  const { sharedLoss } = await learner.trainRound({ shared, round: 1 });
  await trainer.close();
  return { device: trainer.device, loss: sharedLoss };
}

const first = await lossOn('webgpu');
const second = await lossOn('cpu');
console.log(JSON.stringify({ device: first.device, log, losses: [first.loss, second.loss] }));
