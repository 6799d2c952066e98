// What learners in one worker have in common: the engine, opened base models and their tokenizers. Learners with
// equal shapes get the same compiled programs, and equal texts the same kept prefix (both are the engine's).
import { type BaseModel, openBaseModel } from '@colora/models/base-model';
import type { BasePrecision } from '@colora/models/base-precision';
import type { OnShare } from '@colora/models/cache/make-once';
import { inBinary16 } from '@colora/models/half-weights';
import { withPrecision } from '@colora/models/quantised-base';
import type { Engine } from '../engines/engine.ts';
import { type EngineSettings, engineDefaults } from '../engines/engine-settings.ts';
import type { StopSignal } from '../engines/wrappers/stoppable-engine.ts';
import { oncePerKey } from '../once-per-key.ts';
import { openTokenizer, type TextEncoder } from '../text/tokenizer.ts';
import { TrainingError } from '../training-error.ts';

export type OnMatrix = (done: number, of: number, precision: BasePrecision) => void;

export interface SharedResources {
  readonly engine: Engine;
  readonly settings: EngineSettings;
  readonly log: (line: string) => void;
  /**
   * A base model at the trainer's precision, or at another. `onMatrix`: told instead of the log, how many of how many
   * matrices are kept in fewer bits, from none to all (from more than none where another process had begun); not where they were kept before. Throws TrainingError `bad-settings` where fewer bits have no
   * folder to be kept in, and as openBaseModel and withPrecision do.
   */
  base(folder: string, precision?: BasePrecision, onMatrix?: OnMatrix): Promise<BaseModel>;
  tokenizer(base: BaseModel): Promise<TextEncoder>;
}

/** `stop` ends what would take long here: the writing of a base model in fewer bits. */
export function shareResources(
  engine: Engine,
  log: (line: string) => void,
  settings: EngineSettings = engineDefaults,
  stop: StopSignal = { aborted: false },
): SharedResources {
  const bases = new Map<string, Promise<BaseModel>>();
  const tokenizers = new Map<string, Promise<TextEncoder>>();
  return {
    engine,
    settings,
    log,
    base: (folder, precision = settings.basePrecision, onMatrix = inLines(log)) =>
      oncePerKey(bases, `${precision} ${folder}`, async () => {
        const base = await openBaseModel(folder);
        const { cacheFolder } = settings;
        const telling =
          (kept: BasePrecision): OnShare =>
          (done, of) => {
            if (stop.aborted)
              throw new TrainingError('closed', 'the trainer was closed while a base model was written');
            onMatrix(done, of, kept);
          };
        if (cacheFolder === null) {
          if (precision === '32bit') return base;
          throw new TrainingError('bad-settings', `a base model in ${precision} needs a cacheFolder`);
        }
        const kept = await withPrecision(base, precision, cacheFolder, { onMatrix: telling(precision) });
        if (engine.half !== 'F16') return kept;
        return inBinary16(kept, cacheFolder, telling('16bit')).catch((error: Error) => {
          if (error instanceof TrainingError) throw error;
          log(`${engine.device} gets the base model as floats in each step, which is slow: ${error.message}`);
          return kept;
        });
      }),
    tokenizer: (base) => oncePerKey(tokenizers, base.folder, () => openTokenizer(base)),
  };
}

/** Of what opens a base model. */
export interface Telling {
  /** Called, instead of lines in the log, while the base model is written in fewer bits. */
  readonly onMatrix?: OnMatrix;
}

/** The same, whose bases tell their matrices to this one. */
export function tellingMatrices(resources: SharedResources, { onMatrix }: Telling): SharedResources {
  if (onMatrix === undefined) return resources;
  return { ...resources, base: (folder, precision) => resources.base(folder, precision, onMatrix) };
}

const tellEveryMs = 5000;

/** For who waits: a line every few seconds. */
function inLines(log: (line: string) => void): OnMatrix {
  let start: { readonly at: number; readonly done: number } | null = null;
  let told = 0;
  return (done, of, precision) => {
    const now = performance.now();
    if (done === 0 || start === null) {
      start = { at: now, done };
      told = now;
    }
    const begun = start;
    if (done === of) start = null;
    if (done === begun.done || done === of || now - told < tellEveryMs) return;
    told = now;
    const seconds = Math.ceil((((now - begun.at) / (done - begun.done)) * (of - done)) / 1000);
    log(`keeping the base model in ${precision}, once: ${done} of ${of} matrices, about ${seconds} s left`);
  };
}
