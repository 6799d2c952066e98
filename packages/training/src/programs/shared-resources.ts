// What learners in one worker have in common: the engine, opened base models and their tokenizers. Learners with
// equal shapes get the same compiled programs, and equal texts the same kept prefix (both are the engine's).
import { type BaseModel, openBaseModel } from '@colora/models/base-model';
import type { Engine } from '../engines/engine.ts';
import { oncePerKey } from '../once-per-key.ts';
import { openTokenizer, type TextEncoder } from '../text/tokenizer.ts';

export interface SharedResources {
  readonly engine: Engine;
  readonly log: (line: string) => void;
  base(folder: string): Promise<BaseModel>;
  tokenizer(base: BaseModel): Promise<TextEncoder>;
}

/** `open`: how a base model is opened; by default as it stands in its folder. */
export function shareResources(
  engine: Engine,
  log: (line: string) => void,
  open: (folder: string) => Promise<BaseModel> = openBaseModel,
): SharedResources {
  const bases = new Map<string, Promise<BaseModel>>();
  const tokenizers = new Map<string, Promise<TextEncoder>>();
  return {
    engine,
    log,
    base: (folder) => oncePerKey(bases, folder, () => open(folder)),
    tokenizer: (base) => oncePerKey(tokenizers, base.folder, () => openTokenizer(base)),
  };
}
