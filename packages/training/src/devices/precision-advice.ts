// What a member is told before its first step where a base model in 8 bits would train much faster on its processor.
// It is its own choice: fewer bits cost some accuracy (docs/tradeoffs.md).
import { type BaseModel, parameterCount } from '@colora/models/base-model';
import { hasVnni, readProcessor } from '@colora/models/weights/byte-form';
import type { Engine } from '../engines/engine.ts';

/** Parameters of models whose steps take long enough to matter. */
const large = 5e8;

/** One line, or undefined where 8 bits are not known to be faster or are in use. `processor` as Linux tells of it. */
export function precisionAdvice(
  engine: Pick<Engine, 'name' | 'device'>,
  base: Pick<BaseModel, 'weights'>,
  processor = process.arch === 'x64' ? readProcessor() : null,
): string | undefined {
  const fewer = base.weights.some(({ quantised }) => quantised !== undefined);
  const onProcessor = engine.name === 'onnx' && engine.device === 'cpu';
  if (parameterCount(base) < large || fewer || !onProcessor || !hasVnni(processor)) return undefined;
  return 'with --base-precision 8bit a step takes less than half the time on this processor, and learns a little less precisely';
}
