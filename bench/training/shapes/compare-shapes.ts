// Training steps in the shapes of large models: random weights are made in a temporary folder and removed again, every
// implementation runs by itself, one at a time, and what it took is set beside PyTorch with peft and beside what a member
// would have been told, and what came out beside what PyTorch gets. Machines are shared: CPU seconds are compared, wall time
// stands beside them.
import { mkdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type Measured, report, type Skipped } from '../../report.ts';
import { mklFastPath } from '../torch-peer.ts';
import { type Deviation, deviationFrom } from './beside-reference.ts';
import { modelShapes } from './model-shapes.ts';
import { writeRandomModel } from './random-model.ts';
import { runOwn, runPeer, type Stage, type StepFigures } from './run-implementation.ts';
import { casesOf, casesOfNamedModel, referencePeer, type ShapeCase } from './shape-cases.ts';

export interface ShapesRequest {
  /** Of model-shapes.ts; all but `tiny`, and COLORA_BENCH_LANGUAGE_MODEL's, where none is named. */
  readonly names: readonly string[];
  /** Parts of `model case implementation`, any of them, with commas between. */
  readonly only: string;
  readonly repeats: number;
  /** For everything that is made; somebody else removes it. */
  readonly folder: string;
}

interface ShapedModel {
  readonly name: string;
  /** What to draw weights for; undefined: they are there. */
  readonly config: Readonly<Record<string, unknown>> | undefined;
  readonly modelFolder: string;
  readonly cases: readonly ShapeCase[];
}

interface Outcome {
  readonly case: string;
  readonly implementation: string;
  /** Or why there are none. */
  readonly figures: StepFigures | string;
}

type Compared = Measured & { readonly deviation: Deviation };

const tolerance = { loss: 1e-6, gradient: 1e-4 };

/** Throws Error on an unknown name, and, once the table is out, where losses or gradients that should be the same differ. */
export async function compareShapes({ names, only, repeats, folder }: ShapesRequest): Promise<void> {
  if (!(Number.isInteger(repeats) && repeats >= 1)) throw new Error('--repeats: give a number from 1');
  const models = modelsOf(names, folder)
    .map((model) => ({ ...model, cases: narrowed(model, only) }))
    .filter(({ cases }) => cases.length > 0);
  if (models.length === 0) throw new Error(`--only: no "model case implementation" holds "${only}"`);
  const preload = mklFastPath(folder);
  const results: (Compared | Skipped)[] = [];
  for (const model of models) {
    const workFolder = join(folder, 'work');
    await mkdir(workFolder, { recursive: true });
    if (model.config !== undefined) {
      console.error(`${model.name}: drawing its weights`);
      await writeRandomModel(model.config, model.modelFolder);
    }
    for (const shapeCase of model.cases) {
      const stage = { ...model, workFolder, batch: shapeCase.batch, preload, repeats };
      results.push(...compared(await runCase(`${model.name} ${shapeCase.name}`, shapeCase, stage)));
    }
    await rm(workFolder, { recursive: true });
    if (model.config !== undefined) await rm(model.modelFolder, { recursive: true });
  }
  report(results, referencePeer);
  assertEqual(results);
}

function modelsOf(names: readonly string[], folder: string): ShapedModel[] {
  const unknown = names.filter((name) => !(name in modelShapes));
  if (unknown.length > 0)
    throw new Error(`there is no shape ${unknown.join(', ')}: use ${Object.keys(modelShapes).join(', ')}`);
  const drawn = names.length > 0 ? names : Object.keys(modelShapes).filter((name) => name !== 'tiny');
  const models = drawn.map((name): ShapedModel => {
    return { name, config: modelShapes[name], modelFolder: join(folder, name), cases: casesOf(name) };
  });
  const named = process.env.COLORA_BENCH_LANGUAGE_MODEL;
  if (names.length > 0 || named === undefined) return models;
  return [
    ...models,
    { name: basename(named), config: undefined, modelFolder: named, cases: casesOfNamedModel },
  ];
}

/** The cases with those implementations alone that were asked for; without the ones that have none. */
function narrowed(model: ShapedModel, only: string): ShapeCase[] {
  return model.cases
    .map((one) => {
      const isWanted = ({ name }: { name: string }) =>
        only.split(',').some((part) => `${model.name} ${one.name} ${name}`.includes(part));
      return { ...one, own: one.own.filter(isWanted), peers: one.peers.filter(isWanted) };
    })
    .filter(({ own, peers }) => own.length + peers.length > 0);
}

/** Each is told of as soon as it is there: the whole takes long. */
async function runCase(name: string, { own, peers }: ShapeCase, stage: Stage): Promise<Outcome[]> {
  const runs = [
    ...own.map((settings) => ({ name: settings.name, run: () => runOwn(stage, settings) })),
    ...peers.map((settings) => ({ name: settings.name, run: () => runPeer(stage, settings) })),
  ];
  const outcomes: Outcome[] = [];
  for (const { name: implementation, run } of runs) {
    const figures = await run().catch((error: Error) => error.message);
    outcomes.push({ case: name, implementation, figures });
    console.error(`${name} ${implementation}: ${typeof figures === 'string' ? figures : told(figures)}`);
  }
  return outcomes;
}

function told({ gradients: _, ...figures }: StepFigures): string {
  return JSON.stringify(figures);
}

const isFloat32 = ({ implementation }: { implementation: string }) => implementation.includes('f32');

/** Beside PyTorch, or, where that isn't there, beside the first in float32. */
function compared(outcomes: readonly Outcome[]): (Compared | Skipped)[] {
  const ran = outcomes.filter(({ figures }) => typeof figures !== 'string');
  const reference =
    ran.find(({ implementation }) => implementation === referencePeer) ?? ran.find(isFloat32) ?? ran[0];
  return outcomes.map(({ figures, ...names }) =>
    typeof figures === 'string'
      ? { ...names, skipped: figures }
      : resultOf(names, figures, deviationFrom(reference!.figures as StepFigures, figures)),
  );
}

function resultOf(
  names: Omit<Outcome, 'figures'>,
  { loss, seconds, cpuSeconds, peakMemoryMB, announcedMB }: StepFigures,
  deviation: Deviation,
): Compared {
  const announced = {
    'announced MB': announcedMB,
    'announced / peak': announcedMB && announcedMB / peakMemoryMB,
  };
  const figures = { 'wall s': seconds, ...announced, loss, 'gradient off': deviation.gradient };
  const median = Number(cpuSeconds.toPrecision(4));
  return { ...names, median, unit: 'CPU s', peakMemoryMB, figures, deviation };
}

/** What every float32 implementation of a case computes is the same. */
function assertEqual(results: readonly (Compared | Skipped)[]): void {
  const wrong: string[] = [];
  for (const result of results) {
    if (!('deviation' in result) || !isFloat32(result)) continue;
    const { loss, gradient, tensor } = result.deviation;
    const name = `${result.case} ${result.implementation}`;
    if (!(loss <= tolerance.loss)) wrong.push(`${name}: loss by ${loss.toExponential(1)}`);
    if (!(gradient <= tolerance.gradient))
      wrong.push(`${name}: gradient of ${tensor} by ${gradient.toExponential(1)}`);
  }
  if (wrong.length > 0) throw new Error(`float32 steps differ from the reference: ${wrong.join('; ')}`);
}
