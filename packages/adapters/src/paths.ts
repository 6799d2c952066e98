// The chains of one module as tensor names, for those who apply adapters to activations in ops of their own.
// For x [N, in] a path gives scale * x Fn^T ... F1^T [N, out]: the narrow factors first, never delta itself.
import { tensorName } from './adapter-tensors.ts';
import { type AdapterSettings, layoutPaths, pathScale } from './layouts.ts';

export interface ModulePath {
  readonly scale: number;
  /** Tensor names left to right: the first is [out, r], the last [r, in]. */
  readonly factors: readonly string[];
}

/** The paths of the module with this name; their sum is the module's delta [out, in]. */
export function modulePaths(settings: AdapterSettings, module: string): ModulePath[] {
  return layoutPaths(settings).map((path) => ({
    scale: pathScale(settings, path),
    factors: path.factors.map((factor) => tensorName(module, factor)),
  }));
}
