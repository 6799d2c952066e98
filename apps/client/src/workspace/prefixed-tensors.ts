// Several maps of tensors in one file: each has a prefix of its own before its names.
import type { TensorMap } from '@colora/tensors/tensor';

export function underPrefix(prefix: string, tensors: TensorMap): TensorMap {
  return new Map([...tensors].map(([name, tensor]) => [prefix + name, tensor]));
}

/** Those that `underPrefix` made, by their own names. */
export function withPrefix(tensors: TensorMap, prefix: string): TensorMap {
  return new Map(
    [...tensors]
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, tensor]) => [name.slice(prefix.length), tensor]),
  );
}
