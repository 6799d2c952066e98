// What learners in one worker have in common: the engine, opened base models and their tokenizers. Learners with
// equal shapes get the same compiled programs, and equal texts the same kept prefix (both are the engine's).
import { type BaseModel, openBaseModel } from '@colora/models/base-model';
import type { BasePrecision } from '@colora/models/base-precision';
import { withPrecision } from '@colora/models/quantised-base';
import type { Engine } from '../engines/engine.ts';
import { type EngineSettings, engineDefaults } from '../engines/engine-settings.ts';
import type { StopSignal } from '../engines/wrappers/stoppable-engine.ts';
import { oncePerKey } from '../once-per-key.ts';
import { openTokenizer, type TextEncoder } from '../text/tokenizer.ts';
import { TrainingError } from '../training-error.ts';

export interface SharedResources {
  readonly engine: Engine;
  readonly settings: EngineSettings;
  readonly log: (line: string) => void;
  /**
   * A base model at the trainer's precision, or at another. Throws TrainingError `bad-settings` where fewer bits have no
   * folder to be kept in, and as openBaseModel and withPrecision do.
   */
  base(folder: string, precision?: BasePrecision): Promise<BaseModel>;
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
    base: (folder, precision = settings.basePrecision) =>
      oncePerKey(bases, `${precision} ${folder}`, async () => {
        const base = await openBaseModel(folder);
        const { cacheFolder } = settings;
        if (precision === '32bit') return base;
        if (cacheFolder === null) {
          throw new TrainingError('bad-settings', `a base model in ${precision} needs a cacheFolder`);
        }
        return withPrecision(base, precision, cacheFolder, { onMatrix: tellMatrices(precision, log, stop) });
      }),
    tokenizer: (base) => oncePerKey(tokenizers, base.folder, () => openTokenizer(base)),
  };
}

const tellEveryMs = 5000;

/** For who waits: a line every few seconds. */
function tellMatrices(precision: BasePrecision, log: (line: string) => void, stop: StopSignal) {
  const began = performance.now();
  let told = began;
  return (done: number, of: number) => {
    if (stop.aborted)
      throw new TrainingError('closed', 'the trainer was closed while a base model was written');
    const now = performance.now();
    if (done === 0 || now - told < tellEveryMs) return;
    told = now;
    const seconds = Math.ceil((((now - began) / done) * (of - done)) / 1000);
    log(`keeping the base model in ${precision}, once: ${done} of ${of} matrices, about ${seconds} s left`);
  };
}
