// Joint steps on the real sentence encoder: they move what the two phases move, by the same gradients; moments of the
// shared adapters begin anew each round and the personal ones go on; what only some layouts and methods have still holds.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Layout, TaskSettingsInput } from '@colora/protocol/task-settings';
import { norm, subtract } from '@colora/tensors/arithmetic';
import { encode } from '@colora/tensors/safetensors/safetensors';
import type { TensorMap } from '@colora/tensors/tensor';
import { onnxEngine } from '../engines/onnx-engine.ts';
import {
  quietResources,
  recipe,
  relativeDifference,
  reviews,
  useLiteFolder,
} from '../testing/testing-models.ts';
import { initialShared } from './initial-checkpoint.ts';
import { type LearnerOptions, type LearnerWork, openLearner } from './learner.ts';

type Training = NonNullable<TaskSettingsInput['training']>;
type Head = 'by-label' | 'personal' | 'both';

const engine = onnxEngine({ device: 'cpu', threads: 1 });
const resources = quietResources(engine);
const measured = { phases: 'joint', personalRate: 1e-2 } as const;
let folder: string;
before(async () => {
  folder = await useLiteFolder();
});
after(() => engine.dispose());

interface Setting {
  readonly training: Training;
  readonly layout?: Layout;
  readonly head?: Head;
}

async function open(
  { training, layout = 'core', head = 'by-label' }: Setting,
  change: Partial<LearnerOptions> = {},
): Promise<{ learner: LearnerWork; shared: TensorMap }> {
  const settings = await recipe({
    task: { kind: 'classification', labels: ['bad', 'good'], head },
    adapter: { layout, targets: ['layers.1.mlp.fc1', 'pooler'] },
    training,
  });
  const examples = await reviews(200, 248);
  const learner = await openLearner(resources, { baseModel: folder, settings, examples, seed: 1, ...change });
  return { learner, shared: await initialShared(folder, settings, 0) };
}

/** The checkpoint after the plain server rule with one client. */
function committed(checkpoint: TensorMap, contribution: TensorMap): TensorMap {
  const own = new Map([...checkpoint].filter(([name]) => contribution.has(name)));
  return new Map([...checkpoint, ...subtract(own, contribution)]);
}

/** A checkpoint and a workspace after one round, so that no gradient is zero any more. */
async function warmedUp(setting: Setting) {
  const { learner, shared } = await open(setting);
  const { contribution, personal, optimizerState } = await learner.trainRound({ shared, round: 1 });
  return { shared: committed(shared, contribution), kept: { personal, optimizerState } };
}

function assertNear(actual: TensorMap, expected: TensorMap, from: TensorMap, tolerance: number): void {
  assert.deepEqual([...actual.keys()].sort(), [...expected.keys()].sort());
  for (const [name, { data }] of expected) {
    // moves are small against what moves, so that the last bits of a sum are not theirs
    const rounding = 1e-6 * Math.sqrt(from.get(name)!.data.reduce((sum, x) => sum + x * x, 0));
    const apart = Math.sqrt(data.reduce((sum, x, i) => sum + (x - actual.get(name)!.data[i]!) ** 2, 0));
    const size = Math.sqrt(data.reduce((sum, x) => sum + x * x, 0));
    assert.ok(apart <= tolerance * size + rounding, `${name}: ${apart} of ${size}`);
  }
}

test('eight rounds learn as the measured recipe does, and every step counts as a shared one', async () => {
  const { learner, shared } = await open({ training: measured }, { heldOut: await reviews(0, 200) });
  let checkpoint = shared;
  const losses: number[] = [];
  for (let round = 1; round <= 8; round += 1) {
    const result = await learner.trainRound({ shared: checkpoint, round });
    assert.deepEqual([result.steps, result.personalLoss, result.validation], [8, null, null]);
    losses.push(result.sharedLoss!);
    checkpoint = committed(checkpoint, result.contribution);
  }
  assert.ok(Math.abs(losses[0]! - Math.LN2) < 0.1 && losses[7]! < 0.35, losses.join());
  const { accuracy } = await learner.evaluate({ shared: checkpoint });
  assert.ok(accuracy > 0.7, `accuracy ${accuracy}`);
});

describe('one joint step', () => {
  const rates = { optimizer: 'sgd', sharedRate: 0.5, headRate: 0.25, personalRate: 0.4 } as const;
  const cases: [Layout, Head][] = [
    ['core', 'by-label'],
    ['core', 'both'],
    ['dual', 'by-label'],
    ['share-a', 'by-label'],
    ['alone', 'by-label'],
  ];
  for (const [layout, head] of cases) {
    test(`${layout}, head ${head}: moves each part as a step on that part alone would`, async () => {
      const { shared, kept } = await warmedUp({ layout, head, training: { ...rates, ...measured } });
      const moved = async (training: Training) => {
        const { learner } = await open({ layout, head, training: { ...rates, ...training } }, kept);
        return learner.trainRound({ shared, round: 2 });
      };
      const joint = await moved({ phases: 'joint', personalSteps: 1, sharedSteps: 0 });
      const sharedStep = await moved({ personalSteps: 0, sharedSteps: 1 });
      const personalStep = await moved({ personalSteps: 1, sharedSteps: 0 });
      assert.equal(joint.steps, 1);
      assert.ok(Math.abs(joint.sharedLoss! - sharedStep.sharedLoss!) < 1e-6);
      assertNear(joint.contribution, sharedStep.contribution, shared, 1e-4);
      const change = ({ personal }: { personal: TensorMap }) => subtract(personal, kept.personal);
      assert.ok(norm(change(joint)) > 0);
      assertNear(change(joint), change(personalStep), kept.personal, 1e-4);
    });
  }

  const oneOwner: [Layout, Head][] = [
    ['global', 'by-label'],
    ['frozen-a', 'by-label'],
    ['alone', 'personal'],
  ];
  for (const [layout, head] of oneOwner) {
    test(`${layout}, head ${head}: with one owner of all that is trained nothing changes`, async () => {
      const round = async (phases: 'joint' | 'apart') => {
        const { learner, shared } = await open({ layout, head, training: { phases } });
        return learner.trainRound({ shared, round: 1 });
      };
      assert.deepEqual(await round('joint'), await round('apart'));
    });
  }

  test('that diverges names the rates of all that it moves', async () => {
    const { learner, shared } = await open({ training: measured });
    const broken = new Map([...shared].map(([name, tensor]) => [name, broke(name, tensor)]));
    await assert.rejects(learner.trainRound({ shared: broken, round: 3 }), {
      code: 'not-finite',
      message: /diverged in round 3, joint step 1: .*\(sharedRate, personalRate, headRate\)/,
    });
  });
  const broke = (name: string, tensor: { shape: readonly number[]; data: Float32Array }) =>
    name === 'head/good' ? { ...tensor, data: tensor.data.map(() => Number.NaN) } : tensor;
});

describe('in a group of two or three with one head', () => {
  const round = (learner: LearnerWork, shared: TensorMap, together: number | null) =>
    learner.trainRound({ shared, round: 1, together });

  test('cores wait, and the rest learns to the bit as one adapter for all does', async () => {
    const { learner, shared } = await open({ training: measured });
    const { learner: untouched } = await open({ training: measured });
    const { learner: global } = await open({ training: measured, layout: 'global' });
    const start = (await round(untouched, shared, 4)).personal;
    const held = await round(learner, shared, 3);
    assert.deepEqual(held.contribution, (await round(global, shared, 3)).contribution);
    assert.equal(held.steps, 8);
    assert.ok(norm(held.contribution) > 0 && norm(subtract(start, held.personal)) > 0);
    assert.deepEqual(
      [...held.optimizerState.keys()].filter((name) => name.endsWith('.S')),
      [],
    );
    const isAsItIs = async () =>
      (await learner.evidence({ shared })).logLikelihoods.every(([, core, common]) => core === common);
    assert.ok(await isAsItIs(), 'the core is at its start, and is judged as it is');
    const grown = await learner.trainRound({ shared, round: 2, together: 4 });
    assert.ok(norm(subtract(held.personal, grown.personal)) > 0, 'once it has grown they are trained');
    assert.equal(await isAsItIs(), false);
  });

  test('of four, of a number that nobody told, and of kinds without a guard all is trained', async () => {
    const personalOf = async (setting: Setting, together: number | null) => {
      const { learner, shared } = await open(setting);
      return (await round(learner, shared, together)).personal;
    };
    const trained = await personalOf({ training: measured }, null);
    assert.deepEqual(await personalOf({ training: measured }, 4), trained);
    const dual: Setting = { training: measured, layout: 'dual' };
    assert.deepEqual(await personalOf(dual, 2), await personalOf(dual, null));
    const apart: Setting = { training: { personalRate: 5e-3, phases: 'apart' } };
    assert.deepEqual(await personalOf(apart, 2), await personalOf(apart, null));
  });
});

describe('moments', () => {
  const withKeys = (state: TensorMap, isKept: (key: string) => boolean) =>
    new Map([...state].filter(([key]) => isKept(key)));

  test('of S and the head go on from round to round, those of A and B begin anew', async () => {
    const { shared, kept } = await warmedUp({ training: measured });
    const counts = (state: TensorMap) =>
      Object.fromEntries(
        [...state].filter(([key]) => key.startsWith('steps/')).map(([key, { data }]) => [key, data[0]]),
      );
    const expected = (steps: number) =>
      Object.fromEntries(
        ['layers.1.mlp.fc1.personal.S', 'pooler.personal.S', 'head/bad', 'head/good'].map((name) => [
          `steps/${name}`,
          steps,
        ]),
      );
    assert.deepEqual(counts(kept.optimizerState), expected(8));
    const { learner } = await open({ training: measured }, kept);
    const second = await learner.trainRound({ shared, round: 2 });
    assert.deepEqual(counts(second.optimizerState), expected(16));

    // moments of A and B that lie in a workspace, whoever put them there, are not used
    const stray = { shape: [], data: Float32Array.of(800) };
    const moments = new Map([...kept.optimizerState, ['steps/pooler.shared.A', stray] as const]);
    const { learner: other } = await open(
      { training: measured },
      { personal: kept.personal, optimizerState: moments },
    );
    assert.deepEqual(await other.trainRound({ shared, round: 2 }), second);

    // those of S are
    const { learner: forgetful } = await open(
      { training: measured },
      {
        personal: kept.personal,
        optimizerState: withKeys(kept.optimizerState, (key) => !key.endsWith('.S')),
      },
    );
    const forgot = await forgetful.trainRound({ shared, round: 2 });
    const [went, began] = [second, forgot].map(({ personal }) => personal.get('pooler.personal.S')!.data);
    assert.ok(relativeDifference(began!, went!) > 1e-4);
  });

  test('resumed after each round, a run is the same bytes', async () => {
    const training = {
      ...measured,
      schedule: 'cosine',
      warmup: 0.2,
      maxGradientNorm: 0.5,
      accumulate: 2,
      batchSize: 4,
    } as const;
    const run = async (resume: boolean) => {
      let { learner, shared } = await open({ training });
      const bytes: string[] = [];
      for (let round = 1; round <= 3; round += 1) {
        const { contribution, personal, optimizerState } = await learner.trainRound({ shared, round });
        for (const part of [contribution, personal, optimizerState]) {
          bytes.push(Buffer.from(encode(part)).toString('base64'));
        }
        shared = committed(shared, contribution);
        if (resume) learner = (await open({ training }, { personal, optimizerState })).learner;
      }
      return bytes;
    };
    assert.deepEqual(await run(true), await run(false));
  });
});

describe('what joins the gradients of the shared tensors', () => {
  const sgd = {
    phases: 'joint',
    optimizer: 'sgd',
    sharedRate: 0.5,
    headRate: 0.5,
    personalRate: 0.5,
  } as const;
  const steps = (sharedSteps: number) => ({ personalSteps: 0, sharedSteps });

  test('FedProx pulls them back and leaves the personal part to itself', async () => {
    const { shared, kept } = await warmedUp({ training: sgd });
    const round = async (count: number, proximal: number) => {
      const { learner } = await open({ training: { ...sgd, ...steps(count), proximal } }, kept);
      return learner.trainRound({ shared, round: 2 });
    };
    const [free, held] = [await round(1, 0), await round(1, 1.5)];
    assert.deepEqual(held, free); // the first step starts at the checkpoint
    const many = norm((await round(8, 1.5)).contribution) / norm((await round(8, 0)).contribution);
    assert.ok(many < 0.9, `${many}`);
  });

  test('SCAFFOLD’s own control is the mean gradient of the joint steps, of shared tensors alone', async () => {
    const training = { ...sgd, ...steps(3), controls: true };
    const { learner, shared } = await open({ training });
    const names = learner.summary.sharedTensors.map(({ name }) => name);
    const { contribution, optimizerState, personal } = await learner.trainRound({ shared, round: 1 });
    assert.deepEqual([...contribution.keys()], [...names, ...names.map((name) => `control/${name}`)]);
    for (const name of names) {
      const control = optimizerState.get(`control/${name}`)!.data;
      for (const [i, x] of contribution.get(name)!.data.entries())
        assert.ok(Math.abs(control[i]! - x / 1.5) <= 1e-6 * Math.max(1, Math.abs(x)));
    }
    const controls = [...personal.keys(), ...optimizerState.keys()].filter((name) =>
      name.startsWith('control/'),
    );
    assert.deepEqual(
      controls,
      names.map((name) => `control/${name}`),
    );
  });
});
