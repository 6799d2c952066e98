// A head row that doesn't travel is trained like one that does: its owner ends where she would have ended by sending it every round,
// whatever the method, and the first update that travels tells the whole way.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { TaskSettingsInput } from '@colora/protocol/task-settings';
import { subtract } from '@colora/tensors/arithmetic';
import type { TensorMap } from '@colora/tensors/tensor';
import { onnxEngine } from '../engines/onnx-engine.ts';
import { initialShared } from '../learning/initial-checkpoint.ts';
import { openLearner } from '../learning/learner.ts';
import type { RoundRows } from '../learning/train-round.ts';
import { quietResources, recipe, relativeDifference, reviews, useLiteFolder } from './testing-models.ts';

const engine = onnxEngine({ device: 'cpu', threads: 1 });
const resources = quietResources(engine);
let folder: string;
before(async () => {
  folder = await useLiteFolder();
});
after(() => engine.dispose());

/** The checkpoint after the plain server rule with one client. */
function committed(checkpoint: TensorMap, contribution: TensorMap): TensorMap {
  const own = new Map([...checkpoint].filter(([name]) => contribution.has(name)));
  return new Map([...checkpoint, ...subtract(own, contribution)]);
}

const rounds = 3;
const staying = 'head/good';
const methods: Record<string, NonNullable<TaskSettingsInput['training']>> = {
  'joint steps': { phases: 'joint' },
  'steps apart, pulled back': { phases: 'apart', proximal: 0.1 },
  gradients: { contribution: 'gradient' },
  controls: { controls: true, optimizer: 'sgd', phases: 'joint' },
};

for (const [name, training] of Object.entries(methods)) {
  test(`${name}: a row that stays two rounds ends where one ends that travels in each`, async () => {
    const settings = await recipe({
      adapter: { targets: ['pooler'] },
      training: { ...training, sharedSteps: 2 },
    });
    const start = await initialShared(folder, settings, 0);
    const examples = await reviews(200, 216);
    const open = () => openLearner(resources, { baseModel: folder, settings, examples, seed: 1 });
    const [sending, keeping] = [await open(), await open()];
    let sentTo = start;
    let keptFrom = start;
    let own: TensorMap = new Map();
    for (let round = 1; round <= rounds; round += 1) {
      const travelling: RoundRows['travelling'] = round === rounds ? null : new Set(['head/bad']);
      const sent = await sending.trainRound({ shared: sentTo, round });
      const kept = await keeping.trainRound({ shared: keptFrom, round, rows: { own, travelling } });
      assert.equal(kept.contribution.has(staying), round === rounds);
      assert.equal(
        [...kept.contribution.keys()].some((tensor) => tensor === `control/${staying}`),
        round === rounds && training.controls === true,
      );
      sentTo = committed(sentTo, sent.contribution);
      keptFrom = committed(keptFrom, kept.contribution);
      own = new Map([[staying, kept.rows.get(staying)!]]);
      assert.ok(
        relativeDifference(own.get(staying)!.data, sentTo.get(staying)!.data) < 1e-3,
        `round ${round}`,
      );
      if (training.controls !== true)
        assert.ok(relativeDifference(keptFrom.get('head/bad')!.data, sentTo.get('head/bad')!.data) < 1e-3);
    }
    assert.ok(relativeDifference(keptFrom.get(staying)!.data, sentTo.get(staying)!.data) < 1e-3);
  });
}
