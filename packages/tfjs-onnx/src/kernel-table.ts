// The table of all kernels that can be traced and emitted, by tfjs's kernel name.
import type { KernelTable } from './kernel-row.ts';
import { binaryKernels } from './kernels/binary.ts';
import { creationKernels } from './kernels/creation.ts';
import { cutKernels } from './kernels/cuts.ts';
import { indexingKernels } from './kernels/indexing.ts';
import { joinKernels } from './kernels/joins.ts';
import { matmulKernels } from './kernels/matmul.ts';
import { reduceKernels } from './kernels/reduce.ts';
import { unaryKernels } from './kernels/unary.ts';
import { viewKernels } from './kernels/views.ts';

export const kernelTable: KernelTable = {
  ...binaryKernels,
  ...creationKernels,
  ...indexingKernels,
  ...cutKernels,
  ...joinKernels,
  ...viewKernels,
  ...matmulKernels,
  ...reduceKernels,
  ...unaryKernels,
};
