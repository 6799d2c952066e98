// All cases of all kernels, as data: what is checked about them is in the tests that read this.
import { binaryCases } from './cases/binary.ts';
import { layoutCases } from './cases/layout.ts';
import { productCases } from './cases/product.ts';
import { reduceCases } from './cases/reduce.ts';
import { unaryCases } from './cases/unary.ts';
import type { KernelCase } from './kernel-case.ts';

export const kernelCases: readonly KernelCase[] = [
  ...unaryCases,
  ...binaryCases,
  ...reduceCases,
  ...layoutCases,
  ...productCases,
];
