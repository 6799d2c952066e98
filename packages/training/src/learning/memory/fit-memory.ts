// Before the first step: what it will need of memory is said; what can't be had is refused with what makes it fit, or made to fit,
// if the member said so. What is counted is memory-plan.ts's.
import { basePrecisions } from '@colora/models/base-precision';
import { ModelError } from '@colora/models/model-error';
import { plannedPrecision } from '@colora/models/quantised-base';
import type { Engine } from '../../engines/engine.ts';
import { recomputingEngine } from '../../engines/wrappers/recomputing-engine.ts';
import { type ModelParts, modelParts } from '../../programs/model-parts.ts';
import type { SharedResources } from '../../programs/shared-resources.ts';
import type { EncodedExample } from '../../tasks/encoded-example.ts';
import { TrainingError } from '../../training-error.ts';
import {
  bytesOf,
  type CountedStep,
  countStep,
  type FewerBits,
  type Lesser,
  lesserSteps,
  type OwnMeans,
} from './memory-plan.ts';
import { type Room, roomFor } from './room.ts';

/** Engine and model as a learner trains with them. */
export interface Fitted {
  readonly engine: Engine;
  readonly parts: ModelParts;
}

/**
 * As they are where a step fits. Throws TrainingError `not-enough-memory` where it doesn't, with the first thing that makes it fit;
 * with `fitMemory` that is chosen, as long as it is the member's to choose.
 */
export async function fitToMemory(
  resources: SharedResources,
  { parts, examples }: { readonly parts: ModelParts; readonly examples: readonly EncodedExample[] },
): Promise<Fitted> {
  const { engine, settings } = resources;
  const { folder } = parts.base;
  const counted = countStep(engine, parts, examples, settings.maxMemory !== null);
  if (counted === undefined) return { engine, parts };
  const room = roomFor(settings.maxMemory);
  const fewer = bytesOf(counted.need) <= room.bytes ? [] : await fewerBits(resources, parts);
  const { line, own } = planStep(counted, () => lesserSteps(engine, parts, counted, fewer), room, settings);
  resources.log(line);
  if (own === undefined) return { engine, parts };
  const { recompute, precision } = own;
  const base = precision === undefined ? parts.base : await resources.base(folder, precision);
  return {
    engine: recompute ? recomputingEngine(engine) : engine,
    parts: modelParts(base, parts.settings, parts.labels),
  };
}

/** The base model in each precision below the trainer's that its engine multiplies and there is a folder for. */
async function fewerBits(
  { engine, settings, base }: SharedResources,
  parts: ModelParts,
): Promise<FewerBits[]> {
  const { cacheFolder, basePrecision } = settings;
  if (cacheFolder === null) return [];
  const onProcessor = engine.name === 'onnx' && engine.device === 'cpu';
  const stored = await base(parts.base.folder, '32bit');
  const below = basePrecisions.slice(0, basePrecisions.indexOf(basePrecision)).reverse();
  return below
    .filter((precision) => onProcessor || precision === '16bit')
    .flatMap((precision): FewerBits[] => {
      const planned = plannedOr(() => plannedPrecision(stored, precision, cacheFolder));
      if (planned === undefined || planned === stored) return [];
      return [{ precision, parts: modelParts(planned, parts.settings, parts.labels) }];
    });
}

/** Some matrices can't be kept in 4 bits. */
function plannedOr<Model>(plan: () => Model): Model | undefined {
  try {
    return plan();
  } catch (error) {
    if (error instanceof ModelError) return undefined;
    throw error;
  }
}

/**
 * One line about a step, and with `fitMemory` what has to be chosen for it. Throws TrainingError `not-enough-memory` where it needs
 * more than there is in all; less that is free at the moment is only a warning, since others may give theirs back.
 */
export function planStep(
  { need }: Pick<CountedStep, 'need'>,
  lesser: () => Iterable<Lesser>,
  { bytes: room, free, by }: Room,
  { fitMemory }: { readonly fitMemory: boolean },
): { readonly line: string; readonly own?: OwnMeans } {
  const needed = bytesOf(need);
  const parts = `${gigabytes(need.weights)} of weights, which processes share, and ${gigabytes(need.step)} of its own`;
  if (needed <= room) {
    const tight = needed > free ? `; only ${gigabytes(free)} are free now` : '';
    return { line: `a training step needs about ${gigabytes(needed)}: ${parts}${tight}` };
  }
  const { fitting, least } = firstFitting(lesser(), room);
  const problem = `a training step needs about ${gigabytes(needed)} (${parts}); ${by} ${gigabytes(room)}`;
  if (fitting?.own !== undefined && fitMemory) {
    const line = `${problem}: going on with ${fitting.by}, which needs about ${gigabytes(bytesOf(fitting.need))} (--fit-memory)`;
    return { line, own: fitting.own };
  }
  throw new TrainingError('not-enough-memory', `${problem}. ${cureOf(fitting, least)}`);
}

function cureOf(fitting: Lesser | undefined, least: Lesser | undefined): string {
  if (fitting !== undefined) {
    const itself = fitting.own === undefined ? '' : ' (--fit-memory chooses that by itself)';
    return `With ${fitting.by} it needs about ${gigabytes(bytesOf(fitting.need))}, and fits${itself}`;
  }
  const still = least === undefined ? '' : ` (with ${least.by} still ${gigabytes(bytesOf(least.need))})`;
  return `Smaller steps don't fit either${still}: ask for a group with a smaller base model`;
}

/** The first that fits; else the one that needs least. No more is counted than has to be. */
function firstFitting(lesser: Iterable<Lesser>, room: number) {
  let least: Lesser | undefined;
  for (const one of lesser) {
    if (bytesOf(one.need) <= room) return { fitting: one, least };
    if (least === undefined || bytesOf(one.need) < bytesOf(least.need)) least = one;
  }
  return { fitting: undefined, least };
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}
