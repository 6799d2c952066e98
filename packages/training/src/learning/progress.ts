// How far a learner has come, as tensors beside its optimizer's state: kept and resumed with it, in one file.
import type { TensorMap } from '@colora/tensors/tensor';
import { firstPlace, type Place } from './batch-order.ts';

export interface Progress {
  readonly place: Place;
  /** The first round this learner took part in, where its schedule began; null before it. */
  readonly firstRound: number | null;
  /** Rounds in a row whose personal steps were taken back (early-stopping.ts). */
  readonly failures: number;
}

const placeName = 'examples/place';
const firstRoundName = 'schedule/first-round';
const failuresName = 'validation/failures';

export function progressOf(state: TensorMap): Progress {
  const [pass, drawn] = state.get(placeName)?.data ?? [];
  return {
    place: { pass: pass ?? firstPlace.pass, drawn: drawn ?? firstPlace.drawn },
    firstRound: state.get(firstRoundName)?.data[0] ?? null,
    failures: state.get(failuresName)?.data[0] ?? 0,
  };
}

/** Whole numbers, exact in float32 up to 2^24. */
export function progressTensors({ place, firstRound, failures }: Progress): TensorMap {
  return new Map([
    [placeName, { shape: [2], data: Float32Array.of(place.pass, place.drawn) }],
    ...(firstRound === null
      ? []
      : [[firstRoundName, { shape: [], data: Float32Array.of(firstRound) }] as const]),
    [failuresName, { shape: [], data: Float32Array.of(failures) }],
  ]);
}
