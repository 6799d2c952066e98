// What of a learner's examples it trains on, and what only judges its personal steps, both encoded.
import type { TaskSettings } from '@colora/protocol/task-settings';
import { holdOut } from '../data/hold-out.ts';
import type { Example } from '../tasks/tasks.ts';
import { encodeOwn, type OwnEncoding } from './encode-own.ts';

export interface Learnt {
  readonly examples: readonly Example[];
  readonly settings: TaskSettings;
  /** Draws which are held out. */
  readonly seed: string | number;
}

/** Training and validation examples; `setAside` are indices of the raw ones. */
export async function encodeLearnt(options: Learnt, encoding: OwnEncoding) {
  const { kept, heldOut } = splitValidation(options);
  const encode = (indices: readonly number[]) =>
    encodeOwn(
      indices.map((index) => options.examples[index]!),
      encoding,
      'learnt',
    );
  const [examples, validation] = [await encode(kept), await encode(heldOut)];
  const setAside = [
    ...examples.setAside.map((index) => kept[index]!),
    ...validation.setAside.map((index) => heldOut[index]!),
  ];
  return {
    examples: examples.encoded,
    validation: validation.encoded,
    setAside: setAside.sort((a, b) => a - b),
  };
}

/** Indices: the share that the settings ask for, of the raw examples: pieces of one text stay together. At least one is trained on. */
function splitValidation({ examples, seed, settings }: Learnt) {
  const { validation } = settings.training;
  const wanted = validation === 0 ? 0 : Math.max(1, Math.round(examples.length * validation));
  const held = Math.min(wanted, Math.max(examples.length - 1, 0));
  return holdOut([...examples.keys()], held, `validation/${seed}`);
}
