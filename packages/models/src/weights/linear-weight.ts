// How the weight of a linear layer is named, which says how it lies: `<module>.weight` is [out, in], as torch's Linear
// keeps it, and `<module>.weight.T` is [in, out], as the Conv1D of GPT-2's checkpoints does.

const suffix = '.weight';
const transposedSuffix = '.weight.T';

export function weightName(module: string): string {
  return module + suffix;
}

export function transposedWeightName(module: string): string {
  return module + transposedSuffix;
}

/** The name that the checkpoint itself uses, which knows of no layout. */
export function storedWeightName(name: string): string {
  return name.endsWith(transposedSuffix) ? name.slice(0, -'.T'.length) : name;
}

interface LinearWeight {
  readonly module: string;
  readonly isTransposed: boolean;
}

/** Undefined for a weight that is no layer's matrix by its name; norms and embeddings look like one. */
export function linearWeight(name: string): LinearWeight | undefined {
  const isTransposed = name.endsWith(transposedSuffix);
  const ending = isTransposed ? transposedSuffix : suffix;
  return name.endsWith(ending) ? { module: name.slice(0, -ending.length), isTransposed } : undefined;
}
