// Normal noise, for mechanisms that are accounted for as Gaussian: local noise at a member, central noise at the coordinator.
// Floats, not the exact distribution: what the last bits of a float tell (Mironov 2012) is not covered by any epsilon.
import { createCipheriv } from 'node:crypto';
import { polarGaussian } from '@colora/tensors/random';
import { type RandomBytes, randomIntegers } from './random-integers.ts';

/** Standard normal numbers of 53-bit uniform ones, of exactly rounded operations: the same bytes give the same numbers. */
export function gaussianNoise(source: RandomBytes): () => number {
  return polarGaussian(randomIntegers(source).fraction);
}

/** The bytes that follow from a secret seed of 32 bytes: AES-256 in counter mode from zero. One use a seed. */
export function seededBytes(seed: Uint8Array): RandomBytes {
  const cipher = createCipheriv('aes-256-ctr', seed, new Uint8Array(16));
  return (count) => cipher.update(new Uint8Array(count));
}
