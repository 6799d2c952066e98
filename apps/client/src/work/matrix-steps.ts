// That a model is opened turns out to be the writing of its base in fewer bits, a matrix a step; afterwards it is opened.
import type { Telling } from '@colora/training/programs/shared-resources';
import type { Work } from './watch-work.ts';

/** `opens` is what is done before and after. */
export function matrixSteps(
  opens: Work,
  onStep: () => void,
  becomes: (work: Work) => void,
): Required<Telling> {
  let isWriting = false;
  return {
    onMatrix(matrix, of, precision) {
      if (matrix === 0 || !isWriting) {
        becomes({ what: `keeping the base model in ${precision}, once`, steps: of, done: matrix });
        isWriting = true;
      } else onStep();
      if (matrix < of) return;
      becomes(opens);
      isWriting = false;
    },
  };
}
